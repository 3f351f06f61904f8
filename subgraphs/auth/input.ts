import { z } from 'zod';
import { type FieldError, invalid } from '../../platform/errors';

/** Control characters, halves of surrogate pairs, line separators and marks that turn the direction of text around. */
const unprintable = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;
const shortestPassword = 8;
const longestPassword = 1024;

export interface Registration {
  username: string;
  email: string;
  password: string;
}

const username = z
  .string('must be text')
  .max(32, 'must be at most 32 characters')
  .regex(
    /^[a-z0-9][a-z0-9._-]{2,31}$/i,
    'must be 3 to 32 letters, digits, dots, dashes and underscores, beginning with a letter or digit',
  );

/** The common form of RFC 5321 §4.1.2 addresses: no quoted local parts, no address literals. */
const email = z
  .string('must be text')
  .max(254, 'must be at most 254 characters')
  .regex(
    /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/i,
    'must be an email address',
  )
  .refine(text => text.indexOf('@') <= 64, 'must have at most 64 characters before the @');

/** What a registration wants, checked as a whole. @throws AppError 422 that names every field and every reason */
export function checkRegistration(input: Registration): Registration {
  const mistakes: FieldError[] = [
    ...faults('username', username, input.username),
    ...faults('email', email, input.email),
  ];
  const reasons = passwordFaults(input.password, input);
  if (reasons.length > 0) mistakes.push({ field: 'password', message: reasons.join('; ') });
  if (mistakes.length > 0) throw invalid(mistakes);
  return input;
}

function faults(field: string, type: z.ZodType, value: unknown): FieldError[] {
  const parsed = type.safeParse(value);
  return parsed.success ? [] : [{ field, message: parsed.error.issues[0]!.message }];
}

/** Why a password is not taken, all reasons at once (NIST SP 800-63B §3.1.1.2: length and known passwords, no recipes). */
export function passwordFaults(password: string, owner: { username: string; email: string }): string[] {
  const reasons: string[] = [];
  const length = [...password].length;
  if (length < shortestPassword) reasons.push(`must be at least ${shortestPassword} characters`);
  if (length > longestPassword) reasons.push(`must be at most ${longestPassword} characters`);
  if (unprintable.test(password)) reasons.push('must not hold control characters');
  const lower = password.toLowerCase();
  if (commonest.has(lower) || /^(.)\1*$/u.test(password)) reasons.push('is one of the commonest passwords');
  const names = [owner.username, owner.email, owner.email.split('@')[0]].map(name =>
    (name ?? '').toLowerCase(),
  );
  if (
    names.some(
      name => name.length >= 3 && lower.includes(name) && lower.length - name.length < shortestPassword,
    )
  ) {
    reasons.push('must not be made of the username or the email address');
  }
  return reasons;
}

/** A text that may be looked up; anything else is nobody's name. */
export function isLookupText(text: string): boolean {
  return text.length <= 254 && !unprintable.test(text);
}

export function keyOf(text: string): string {
  return text.normalize('NFKC').toLowerCase();
}

const commonest = new Set(
  `123456789 12345678 1234567890 password password1 password123 passw0rd p@ssw0rd p@ssword qwerty123 qwertyuiop
  qwerty12 1q2w3e4r 1q2w3e4r5t 1qaz2wsx iloveyou iloveyou1 princess sunshine football baseball superman batman123
  trustno1 letmein1 letmein123 welcome1 welcome123 admin123 administrator abc12345 abcd1234 a1b2c3d4 aa123456 87654321
  11111111 00000000 88888888 66666666 12341234 123123123 1234qwer q1w2e3r4 zaq12wsx asdfghjkl asdf1234 zxcvbnm1 dragon123
  monkey123 shadow123 master123 michael1 jennifer computer internet whatever starwars pokemon1 liverpool chelsea1 arsenal1
  charlie1 changeme changeme1 changeme123 secret123 test1234 testtest default1 qazwsxedc 1234567891 987654321 147258369
  correcthorsebatterystaple`.split(/\s+/),
);
