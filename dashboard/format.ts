/** Numbers and times as the page shows them, in the language of the browser. */
const number = new Intl.NumberFormat(undefined, { maximumFractionDigits: 2 });
const clock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
});
const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

export const rate = (perSecond: number): string => `${number.format(perSecond)}/s`;

export const percent = (ratio: number): string => `${number.format(ratio * 100)} %`;

/** @param milliseconds a duration */
export function duration(milliseconds: number): string {
  return milliseconds < 1_000
    ? `${number.format(milliseconds)} ms`
    : `${number.format(milliseconds / 1_000)} s`;
}

export const timeOfDay = (iso: string): string => clock.format(new Date(iso));

export const dayAndTime = (iso: string): string => day.format(new Date(iso));
