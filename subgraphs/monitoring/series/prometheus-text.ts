/** One sample of a page of metrics. */
export interface PageSample {
  /** Name and labels as the page has them: the identity of the series while the page does not change its order of labels. */
  readonly key: string;
  readonly value: number;
}

/** A page of metrics, read. */
export interface MetricsPage {
  readonly samples: readonly PageSample[];
  /** Family → counter, gauge, histogram … */
  readonly types: ReadonlyMap<string, string>;
}

export interface SeriesIdentity {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Name and labels; a value of a label may have a brace in it. */
const samplePattern = /^[a-zA-Z_:][a-zA-Z0-9_:]*(?:\{(?:[^"}]|"(?:[^"\\]|\\.)*")*\})?(?= )/;

/** Reads the text exposition format of Prometheus (https://prometheus.io/docs/instrumenting/exposition_formats/). Lines that are not of it are left out. */
export function readMetricsPage(text: string): MetricsPage {
  const samples: PageSample[] = [];
  const types = new Map<string, string>();
  for (const line of text.split('\n')) {
    if (line === '') continue;
    if (line.startsWith('#')) {
      const [, kind, family = '', type = ''] = line.split(' ');
      if (kind === 'TYPE') types.set(family, type);
      continue;
    }
    const end = samplePattern.exec(line)?.[0].length;
    if (end === undefined) continue;
    // A timestamp or an exemplar may follow the value.
    const value = numberOf(line.slice(end).trimStart().split(' ', 1)[0]!);
    if (!Number.isNaN(value)) samples.push({ key: line.slice(0, end), value });
  }
  return { samples, types };
}

/** The name and the labels of a key. Labels of the whole page, such as `service`, are among them. */
export function identityOf(key: string): SeriesIdentity {
  const brace = key.indexOf('{');
  if (brace === -1) return { name: key, labels: {} };
  const labels: Record<string, string> = {};
  for (const [, name, value] of key.slice(brace).matchAll(/([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g)) {
    labels[name!] = value!.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
  }
  return { name: key.slice(0, brace), labels };
}

function numberOf(text: string): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  if (text === '-Inf') return Number.NEGATIVE_INFINITY;
  return text === '' ? Number.NaN : Number(text);
}
