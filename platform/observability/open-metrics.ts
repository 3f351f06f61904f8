export const textContentType = 'text/plain; version=0.0.4; charset=utf-8';
export const openMetricsContentType = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

/** The text exposition format of Prometheus, or OpenMetrics, which has exemplars. */
export type MetricsFormat = 'text' | 'openmetrics';

/** The format for a client with this `accept` header: OpenMetrics for one that names it. */
export function metricsFormatFor(accept: string | undefined): MetricsFormat {
  return /\bapplication\/openmetrics-text\b(?!\s*;\s*q=0(\.0+)?\s*(,|$))/i.test(accept ?? '')
    ? 'openmetrics'
    : 'text';
}

const timestamped = /^([a-zA-Z_:][\w:]*(?:\{(?:[^"}]|"(?:[^"\\]|\\.)*")*\})? \S+) (-?\d+)$/;

/**
 * Turns a page in Prometheus' text format (https://prometheus.io/docs/instrumenting/exposition_formats/) into OpenMetrics
 * (https://prometheus.io/docs/specs/om/open_metrics_spec/), without its last line `# EOF`, so that pages can be joined.
 *
 * @param exemplarOf the exemplar of a sample's line, as the format has it after the value
 */
export function openMetricsOf(page: string, exemplarOf?: (sample: string) => string | undefined): string {
  const lines: string[] = [];
  let help = '';
  for (const line of page.split('\n')) {
    if (line.startsWith('# HELP ')) help = line;
    else if (line.startsWith('# TYPE ')) lines.push(...describedAs(line, help));
    else if (line !== '' && !line.startsWith('#')) {
      const [, sample, at] = timestamped.exec(line) ?? [];
      const exemplar = exemplarOf?.(line);
      if (sample !== undefined) lines.push(`${sample} ${Number(at) / 1000}`);
      else lines.push(exemplar === undefined ? line : `${line} ${exemplar}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

/** The family of a counter has no `_total`; its samples have. */
function describedAs(typeLine: string, helpLine: string): string[] {
  const [, , name = '', type = ''] = typeLine.split(' ');
  const isCounter = type === 'counter' && name.endsWith('_total');
  const family = isCounter ? name.slice(0, -'_total'.length) : name;
  const isUnknown = type === 'untyped' || (type === 'counter' && !isCounter);
  const described = [`# TYPE ${family} ${isUnknown ? 'unknown' : type}`];
  const prefix = `# HELP ${name} `;
  if (helpLine.startsWith(prefix))
    described.push(`# HELP ${family} ${helpLine.slice(prefix.length).replaceAll('"', '\\"')}`);
  return described;
}
