import { earliestIdAt, isUuid, uuidv7 } from './ids';

const now = Date.UTC(2026, 2, 29, 1, 30);

describe('the id of a row', () => {
  it('is a UUID of version 7 with the time of day in front', () => {
    const id = uuidv7(now);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(isUuid(id)).toBe(true);
    expect(Number.parseInt(id.replace('-', '').slice(0, 12), 16)).toBe(now);
  });

  it('is another one each time, in the order of the milliseconds', () => {
    const ids = Array.from({ length: 500 }, () => uuidv7(now));
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) {
      expect(id > uuidv7(now - 1)).toBe(true);
      expect(id < uuidv7(now + 1)).toBe(true);
    }
  });

  it('is not smaller than the smallest of its millisecond', () => {
    expect(uuidv7(now) > earliestIdAt(now)).toBe(true);
    expect(uuidv7(now - 1) < earliestIdAt(now)).toBe(true);
    expect(earliestIdAt(-1)).toBe('00000000-0000-7000-8000-000000000000');
  });
});
