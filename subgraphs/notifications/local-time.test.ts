import { isSkipped, momentOf, nextTimeOfDay } from './local-time';

const utc = (local: string, timeZone: string) => {
  const at = momentOf(local, timeZone);
  return at === undefined ? undefined : new Date(at).toISOString().slice(0, 16);
};

describe('a local time', () => {
  it('is a moment that depends on the zone and its daylight saving time', () => {
    expect(utc('2026-01-15T09:00', 'Europe/Berlin')).toBe('2026-01-15T08:00');
    expect(utc('2026-07-15T09:00', 'Europe/Berlin')).toBe('2026-07-15T07:00');
    expect(utc('2026-07-15T09:00', 'Asia/Kathmandu')).toBe('2026-07-15T03:15');
  });

  it('moves on by the gap when the clock skips it', () => {
    expect(utc('2026-03-29T02:30', 'Europe/Berlin')).toBe('2026-03-29T01:30');
    // Lord Howe changes by half an hour.
    expect(utc('2026-10-04T02:15', 'Australia/Lord_Howe')).toBe('2026-10-03T15:45');
  });

  it('is known to be skipped by its zone only', () => {
    expect(isSkipped('2026-03-29T02:30', 'Europe/Berlin')).toBe(true);
    expect(isSkipped('2026-03-29T02:30', 'UTC')).toBe(false);
    expect(isSkipped('2026-10-25T02:30', 'Europe/Berlin')).toBe(false);
  });

  it('is the first of the two when it comes twice', () => {
    expect(utc('2026-10-25T02:30', 'Europe/Berlin')).toBe('2026-10-25T00:30');
  });

  it('is refused when it is none', () => {
    for (const local of ['2026-02-30T09:00', '2026-01-15T24:00', '2026-01-15', '2026-01-15T09:00Z', 'x'])
      expect(utc(local, 'UTC')).toBeUndefined();
  });
});

it('finds the next time of the day, also on the day on which the clock skips it', () => {
  const before = Date.parse('2026-03-28T23:30:00Z');
  expect(new Date(nextTimeOfDay('02:30', 'Europe/Berlin', before)).toISOString()).toBe(
    '2026-03-29T01:30:00.000Z',
  );
  expect(new Date(nextTimeOfDay('00:30', 'Europe/Berlin', before)).toISOString()).toBe(
    '2026-03-29T22:30:00.000Z',
  );
});
