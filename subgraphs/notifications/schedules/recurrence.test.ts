import { Recurrence } from './recurrence';

/** The first occurrences, in UTC. */
const occurrences = async (rule: string, startsAt: string, timeZone: string, count: number) => {
  const recurrence = await Recurrence.parse(rule, startsAt, timeZone);
  const found: string[] = [];
  for (let at: number | undefined = 0; found.length < count; ) {
    at = recurrence.next(at);
    if (at === undefined) break;
    found.push(new Date(at).toISOString().slice(0, 16));
  }
  return found;
};

describe('a recurrence rule', () => {
  it('keeps the local time when the clock changes, and leaves out a time that is skipped', async () => {
    expect(await occurrences('FREQ=DAILY', '2026-03-28T09:00', 'Europe/Berlin', 3)).toEqual([
      '2026-03-28T08:00',
      '2026-03-29T07:00',
      '2026-03-30T07:00',
    ]);
    expect(await occurrences('FREQ=DAILY', '2026-03-28T02:30', 'Europe/Berlin', 2)).toEqual([
      '2026-03-28T01:30',
      '2026-03-30T00:30',
    ]);
  });

  it('comes once at a local time that comes twice: at the first', async () => {
    expect(await occurrences('FREQ=DAILY', '2026-10-24T02:30', 'Europe/Berlin', 3)).toEqual([
      '2026-10-24T00:30',
      '2026-10-25T00:30',
      '2026-10-26T01:30',
    ]);
  });

  it('knows weekdays, months and an end', async () => {
    const rule = 'FREQ=MONTHLY;BYDAY=-1FR;COUNT=2';
    expect(await occurrences(rule, '2026-01-30T12:00', 'UTC', 5)).toEqual([
      '2026-01-30T12:00',
      '2026-02-27T12:00',
    ]);
  });

  it('is refused when it is not one, comes too often or never comes', async () => {
    for (const rule of [
      '',
      'DAILY',
      'FREQ=DAILY\nRRULE:FREQ=HOURLY',
      'FREQ=SECONDLY',
      'FREQ=MINUTELY',
      'FREQ=HOURLY;BYSECOND=1,2,3',
      'FREQ=DAILY;COUNT=100000',
      'FREQ=DAILY;INTERVAL=0',
      'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30',
    ])
      await expect(Recurrence.parse(rule, '2026-01-01T09:00', 'UTC')).rejects.toThrow(/^(must|is)/);
  });
});
