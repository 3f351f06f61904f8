import { Temporal } from 'temporal-polyfill';

/** Whether it is a name of the IANA time zone database, such as `Europe/Berlin` or `UTC`. */
export function isTimeZone(name: string): boolean {
  // Temporal also knows offsets such as +01:00, which have no daylight saving time.
  if (!/^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/.test(name)) return false;
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
    return true;
  } catch {
    return false;
  }
}

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
