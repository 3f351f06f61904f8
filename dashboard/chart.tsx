import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

export interface Series {
  readonly label: string;
  /** One value for each time; null where there is none. */
  readonly values: readonly (number | null)[];
}

export interface ChartProps {
  readonly title: string;
  /** Seconds since the Unix epoch, ascending. */
  readonly times: readonly number[];
  readonly series: readonly Series[];
  readonly format: (value: number) => string;
}

const height = 180;
/** Told apart in the light and the dark scheme, and by people who do not see red and green apart (Okabe and Ito). */
const colours = ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#56b4e9', '#d55e00', '#8c8c8c'];

/** Lines over time. Screen readers get the last values as text. */
export function Chart({ title, times, series, format }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const labels = series.map(({ label }) => label).join('\n');

  useEffect(() => {
    const parent = place.current;
    if (parent === null || times.length === 0) return;
    const data = [times, ...series.map(({ values }) => values)] as unknown as uPlot.AlignedData;
    const plot = new uPlot(optionsOf(series, format, parent.clientWidth), data, parent);
    const observer = new ResizeObserver(() => plot.setSize({ width: parent.clientWidth, height }));
    observer.observe(parent);
    return () => {
      observer.disconnect();
      plot.destroy();
    };
    // The labels decide on the lines, the times on their values.
  }, [labels, times, series]);

  return (
    <figure>
      <figcaption>{title}</figcaption>
      {times.length === 0 ? (
        <p class="empty">No data in this range yet</p>
      ) : (
        <div ref={place} aria-hidden="true" />
      )}
      <p class="visually-hidden">{summaryOf(series, format)}</p>
    </figure>
  );
}

function optionsOf(series: readonly Series[], format: ChartProps['format'], width: number): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const axis = {
    stroke: style.getPropertyValue('--muted'),
    grid: { stroke: style.getPropertyValue('--line'), width: 1 },
  };
  return {
    width,
    height,
    legend: { live: true },
    cursor: { y: false },
    scales: { y: { range: (_, __, most) => [0, most > 0 ? most * 1.1 : 1] } },
    axes: [axis, { ...axis, size: 64, values: (_, ticks) => ticks.map(format) }],
    series: [
      {},
      ...series.map(({ label }, index) => ({
        label,
        stroke: colours[index % colours.length]!,
        width: 1.5,
        spanGaps: false,
        value: (_: uPlot, value: number | null) => (value === null ? '–' : format(value)),
      })),
    ],
  };
}

function summaryOf(series: readonly Series[], format: ChartProps['format']): string {
  return series
    .map(({ label, values }) => {
      const last = values.findLast(value => value !== null);
      return `${label}: ${last == null ? 'no data' : format(last)}`;
    })
    .join(', ');
}
