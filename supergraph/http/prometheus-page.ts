import type { MetricsFormat } from '../../platform/observability/open-metrics';

/** One metric in the Prometheus text format: its comments, and its samples as lines. */
interface Family {
  readonly comments: string[];
  readonly samples: string[];
}

const comment = /^# (?:HELP|TYPE) ([a-zA-Z_:][\w:]*)/;
const sample = /^([a-zA-Z_:][\w:]*)(?:\{((?:[^"}]|"(?:[^"\\]|\\.)*")*)\})? (.+)$/;

/**
 * Joins pages in the Prometheus text format (https://prometheus.io/docs/instrumenting/exposition_formats/), or in OpenMetrics, to one. The samples of a metric
 * stand together, as the format asks, under the comments of the first page that has it.
 */
export class JoinedPage {
  private readonly families = new Map<string, Family>();

  constructor(private readonly format: MetricsFormat = 'text') {}

  /**
   * Adds the samples of one source. Each has the label `service` with its name; a label of that name from the source itself becomes
   * `exported_service`, as in Prometheus.
   *
   * @param instance value of the label `instance`, which tells the sources of one service apart
   */
  add(service: string, page: string, instance?: string): void {
    const seen = new Set(this.families.keys());
    const more = instance === undefined ? '' : `,instance="${instance.replace(/["\\\n]/g, '_')}"`;
    let current = '';
    for (const line of page.split('\n')) {
      const described = comment.exec(line)?.[1];
      if (described !== undefined) {
        current = described;
        if (!seen.has(current)) this.family(current).comments.push(line);
        continue;
      }
      const [, name, labels = '', rest] = sample.exec(line) ?? [];
      if (name === undefined) continue;
      // The series of a histogram have suffixes, and follow its comments.
      const family = name === current || name.startsWith(`${current}_`) ? current : name;
      this.family(family).samples.push(`${name}{${withService(labels, service)}${more}} ${rest}`);
    }
  }

  toString(): string {
    const families = [...this.families.values()].map(
      ({ comments, samples }) => `${[...comments, ...samples].join('\n')}\n`,
    );
    return this.format === 'text' ? families.join('\n') : `${families.join('')}# EOF\n`;
  }

  private family(name: string): Family {
    let family = this.families.get(name);
    if (family === undefined) {
      family = { comments: [], samples: [] };
      this.families.set(name, family);
    }
    return family;
  }
}

function withService(labels: string, service: string): string {
  const own = `service="${service}"`;
  if (labels === '') return own;
  if (labels === own || labels.startsWith(`${own},`) || labels.endsWith(`,${own}`)) return labels;
  return `${labels.replace(/(^|,)service="/, '$1exported_service="').replace(/,$/, '')},${own}`;
}
