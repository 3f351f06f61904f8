import { Temporal } from 'temporal-polyfill';

/** Of recipients whose time zone nobody told. */
export const defaultTimeZone = 'UTC';

/** The next moment after `now` at which the clock of the zone shows this time of the day, such as `07:30`. */
export function nextTimeOfDay(time: string, timeZone: string, now: number): number {
  const today = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(timeZone).toPlainDate();
  for (let days = 0; ; days++) {
    const plainTime = Temporal.PlainTime.from(time);
    const { epochMilliseconds } = today.add({ days }).toZonedDateTime({ timeZone, plainTime });
    if (epochMilliseconds > now) return epochMilliseconds;
  }
}

/** The time of the day that the clock of the zone shows, as `HH:MM`. */
export function timeOfDay(now: number, timeZone: string): string {
  const local = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(timeZone);
  return local.toPlainTime().toString({ smallestUnit: 'minute' });
}
/**
 * The moment of a local time. A time that a change of the clock skips moves on by the length of the gap; of a time that comes
 * twice it is the first. This is how calendars do it (RFC 5545 §3.3.5).
 *
 * @param local such as `2026-03-29T09:00` or `2026-03-29T09:00:30`
 * @returns milliseconds since the Unix epoch; undefined when it is not a local time
 */
export function momentOf(local: string, timeZone: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$/.test(local)) return undefined;
  try {
    return Temporal.PlainDateTime.from(local, { overflow: 'reject' }).toZonedDateTime(timeZone)
      .epochMilliseconds;
  } catch {
    return undefined;
  }
}

/** Whether a change of the clock skips this local time in the zone. */
export function isSkipped(local: string, timeZone: string): boolean {
  const plain = Temporal.PlainDateTime.from(local);
  return !plain.toZonedDateTime(timeZone).toPlainDateTime().equals(plain);
}
