import { TOTP, URI } from 'otpauth';
import { AppError } from '../../../platform/errors';
import { matchingStep, newRecoveryCode, newTotpSecret, readCode, totpUri } from './one-time-codes';

describe('one-time codes', () => {
  /** "12345678901234567890", the secret of RFC 6238's Appendix B. */
  const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
  const vectors: [number, string][] = [
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
    [20_000_000_000, '353130'],
  ];
  it.each(vectors)('at %d seconds are those of RFC 6238', (seconds, code) => {
    expect(matchingStep(secret, code, seconds * 1000)).toBe(Math.floor(seconds / 30));
  });

  it('are taken one step early and late, and no more', () => {
    const step = 40_000_000;
    const code = TOTP.generate({
      secret: URI.parse(totpUri(secret, 'x', 'y')).secret,
      timestamp: step * 30_000,
    });
    const taken = [-2, -1, 0, 1, 2].map(steps => matchingStep(secret, code, (step + steps) * 30_000));
    expect(taken).toEqual([undefined, step, step, step, undefined]);
  });

  it('come from a secret of 160 bits that every app can read from the URI', () => {
    const made = newTotpSecret();
    expect(made).toMatch(/^[A-Z2-7]{32}$/);
    expect(newTotpSecret()).not.toBe(made);
    const uri = totpUri(made, 'Ada & Söhne', 'ada');
    expect(uri).toMatch(/^otpauth:\/\/totp\/Ada%20%26%20S%C3%B6hne:ada\?/);
    expect(URI.parse(uri)).toMatchObject({ issuer: 'Ada & Söhne', label: 'ada', digits: 6, period: 30 });
    expect(URI.parse(uri).secret.base32).toBe(made);
  });

  it('are read as people type them', () => {
    for (const typed of ['123456', ' 123 456 ', '123-456', '１２３４５６', '123\u00a0456']) {
      expect(readCode(typed)).toEqual({ kind: 'totp', text: '123456' });
    }
    const code = newRecoveryCode();
    expect(code).toMatch(/^([0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-hjkmnp-tv-z]{4}$/);
    const { text } = readCode(code);
    for (const typed of [code.toUpperCase(), text, ` ${text.slice(0, 8)} ${text.slice(8)} `]) {
      expect(readCode(typed)).toEqual({ kind: 'recovery', text });
    }
    expect(readCode('OOOO-IIII-llll-0000')).toEqual({ kind: 'recovery', text: '0000111111110000' });
  });

  it('that are none are refused with 422, and not repeated', () => {
    for (const typed of [
      '',
      '12345',
      '1234567',
      'abcdef',
      '123456\u0000',
      '٧٣٤٥٦١',
      'u'.repeat(16),
      '0'.repeat(1_000_000),
      "' OR 1=1 --",
    ]) {
      const error = thrownBy(() => readCode(typed));
      expect(error).toBeInstanceOf(AppError);
      expect(error).toMatchObject({ status: 422, details: [{ field: 'code' }] });
      if (typed !== '') expect((error as AppError).message).not.toContain(typed);
    }
  });

  it('for recovery use the whole alphabet evenly enough that none repeats', () => {
    const codes = Array.from({ length: 1_000 }, newRecoveryCode);
    expect(new Set(codes).size).toBe(1_000);
    expect(new Set(codes.join('').replaceAll('-', '')).size).toBe(32);
  });
});

function thrownBy(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}
