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
