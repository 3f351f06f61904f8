import { randomBytes } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';
import { invalid } from '../../../platform/errors';

/** The parameters of every authenticator app: SHA-1, six digits, thirty seconds (RFC 6238 §1.2, RFC 4226 §5.3). */
const digits = 6;
const periodMs = 30_000;
/** The tolerated clock drift in steps, to either side (RFC 6238 §6). */
const drift = 1;
/** RFC 4226 §4 recommends 160 bits. */
const secretBytes = 20;

/** Crockford's Base32, without letters that look like others or like digits. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
/** 16 characters of five bits: 80 bits resist guessing even with the hash. */
const recoveryCharacters = 16;

/** A second factor as the user typed it. */
export type TypedCode = { readonly kind: 'totp' | 'recovery'; readonly text: string };

/** A new shared secret, in base32 (RFC 4648). */
export function newTotpSecret(): string {
  return new Secret({ size: secretBytes }).base32;
}

/** `otpauth://totp/…`, which apps read from a QR code. @param issuer without a colon, which separates it from the username */
export function totpUri(secret: string, issuer: string, username: string): string {
  return new TOTP({ secret, issuer, label: username, digits, period: periodMs / 1000 }).toString();
}

/** The time step whose code this is, now or one step to either side; undefined when it is none of them. */
export function matchingStep(secret: string, code: string, now: number): number | undefined {
  const delta = TOTP.validate({
    token: code,
    secret: Secret.fromBase32(secret),
    digits,
    period: periodMs / 1000,
    timestamp: now,
    window: drift,
  });
  return delta === null ? undefined : Math.floor(now / periodMs) + delta;
}

/** Such as `7k2m-9xq4-hd0v-tn3c`. */
export function newRecoveryCode(): string {
  const characters = [...randomBytes(recoveryCharacters)].map(byte => alphabet[byte % alphabet.length]!);
  return characters.join('').replace(/(.{4})(?=.)/g, '$1-');
}

/**
 * Reads a code as people type it, with spaces, hyphens and capitals, and with `o`, `i` and `l` for the digits they look
 * like.
 *
 * @throws AppError 422 for a text in neither form, which does not count as a wrong code
 */
export function readCode(typed: string): TypedCode {
  const plain = typed.length > 100 ? '' : typed.normalize('NFKC').toLowerCase().replace(/[\s-]/gu, '');
  if (/^\d{6}$/.test(plain)) return { kind: 'totp', text: plain };
  const text = plain.replaceAll('o', '0').replace(/[il]/g, '1');
  if (text.length === recoveryCharacters && [...text].every(each => alphabet.includes(each))) {
    return { kind: 'recovery', text };
  }
  throw invalid([
    { field: 'code', message: 'must be the six digits of the authenticator app, or a recovery code' },
  ]);
}
