import { DateTime } from './scalars';

describe('DateTime', () => {
  it('answers every moment as JSON writes it', () => {
    const moments = [
      '1970-01-01T00:00:00.000Z',
      '2024-02-29T23:59:59.999Z',
      '2026-12-31T10:05:09.007Z',
      '0999-12-31T23:59:59.999Z',
      '1000-01-01T00:00:00.010Z',
      '9999-12-31T23:59:59.100Z',
      '+010000-01-01T00:00:00.000Z',
      '-000001-06-15T12:30:45.120Z',
    ].map(text => new Date(text));
    let state = 1;
    for (let count = 0; count < 2_000; count++) {
      state = (state * 48_271) % 2_147_483_647;
      moments.push(new Date(state * 100_000 - 10_000_000_000_000));
    }
    for (const moment of moments) expect(DateTime.serialize(moment)).toBe(moment.toISOString());
    expect(DateTime.serialize(0)).toBe('1970-01-01T00:00:00.000Z');
    expect(DateTime.serialize('2026-01-02T03:04:05+02:00')).toBe('2026-01-02T01:04:05.000Z');
  });

  it('reads moments, and neither reads nor answers what is none', () => {
    expect(DateTime.parseValue('2026-01-02T03:04:05Z')).toEqual(new Date(Date.UTC(2026, 0, 2, 3, 4, 5)));
    expect(() => DateTime.parseValue('yesterday')).toThrow();
    expect(() => DateTime.serialize(new Date(Number.NaN))).toThrow();
  });
});
