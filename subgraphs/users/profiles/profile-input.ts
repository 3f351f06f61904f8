import { z } from 'zod';
import type { FieldError } from '../../../platform/errors';
import { isUuid } from '../../../platform/ids';
import { isTimeZone } from '../../../platform/time-zones';
import { mistakesOf, parsed, unprintable } from '../input';

const line = (longest: number) =>
  z
    .string('must be text')
    .trim()
    .min(1, 'must not be empty; null clears it')
    .max(longest, `must be at most ${longest} characters`)
    .refine(text => !unprintable.test(text), 'must not hold control characters');

const phone = z
  .string('must be text')
  .regex(/^\+[1-9]\d{1,14}$/, 'must be in E.164 form: + and 2 to 15 digits, such as +4930901820');

const locale = z
  .string('must be text')
  .max(35, 'must be at most 35 characters')
  // Intl takes every word of up to eight letters for a language; the languages of the registry have two or three.
  .regex(/^[a-z]{2,3}(-|$)/i, 'must be a language tag (BCP 47) such as en or pt-BR')
  .transform((text, context) => {
    try {
      return Intl.getCanonicalLocales(text)[0]!;
    } catch {
      context.addIssue({ code: 'custom', message: 'must be a language tag (BCP 47) such as en or pt-BR' });
      return z.NEVER;
    }
  });

const timeZone = z
  .string('must be text')
  .refine(isTimeZone, 'must be an IANA time zone such as Europe/Berlin');

const longestUrl = 2_048;
const avatarUrl = z
  .string('must be text')
  .max(longestUrl, `must be at most ${longestUrl} characters`)
  .refine(isWebUrl, 'must be an http or https URL without a user name or password in it');

function isWebUrl(text: string): boolean {
  // The parser of URLs drops spaces and line ends: what is stored must be what was checked.
  if (text.length > longestUrl || /\s/.test(text) || unprintable.test(text) || !URL.canParse(text))
    return false;
  const { protocol, username, password } = new URL(text);
  return (protocol === 'http:' || protocol === 'https:') && username === '' && password === '';
}

const largestMetadata = 16 * 1024;
const deepestMetadata = 10;

/** What is wrong with a free JSON object; undefined when nothing is. The depth comes first: the rest recurses. */
function metadataFault(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'must be a JSON object';
  const fault = faultInside(value, 1);
  if (fault !== undefined) return fault;
  return Buffer.byteLength(JSON.stringify(value)) > largestMetadata
    ? 'must be at most 16 KiB as JSON'
    : undefined;
}

function faultInside(value: unknown, depth: number): string | undefined {
  if (typeof value === 'string') return textFault(value);
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : 'holds a number out of range';
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth > deepestMetadata) return `must nest at most ${deepestMetadata} levels deep`;
  for (const key of Object.keys(value)) {
    // Code that merges such an object into another would write to the prototype of all objects.
    if (key === '__proto__') return 'must not have a key named __proto__';
    const fault = textFault(key) ?? faultInside((value as Record<string, unknown>)[key], depth + 1);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function textFault(text: string): string | undefined {
  return text.includes('\0') || /\p{Cs}/u.test(text)
    ? 'must not hold NUL or half of a surrogate pair'
    : undefined;
}

const metadata = z.custom<Record<string, unknown>>().superRefine((value, context) => {
  const fault = metadataFault(value);
  if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
});

const profilePatch = z.object({
  firstName: line(100).nullish(),
  lastName: line(100).nullish(),
  phone: phone.nullish(),
  locale: locale.nullish(),
  timeZone: timeZone.nullish(),
  avatarUrl: avatarUrl.nullish(),
  avatarFileId: z.string('must be text').refine(isUuid, 'must be the id of a file').nullish(),
  metadata: metadata.nullish(),
});

/** A field that is absent stays as it is, null clears it. */
export interface ProfilePatch {
  firstName?: string | null | undefined;
  lastName?: string | null | undefined;
  /** E.164, such as +4930901820. */
  phone?: string | null | undefined;
  /** BCP 47, such as pt-BR. */
  locale?: string | null | undefined;
  /** A name of the IANA database, such as Europe/Berlin. */
  timeZone?: string | null | undefined;
  avatarUrl?: string | null | undefined;
  avatarFileId?: string | null | undefined;
  metadata?: Record<string, unknown> | null | undefined;
}

/** What is wrong with the fields, without throwing: another service may know of more. */
export function mistakesInProfile(patch: ProfilePatch): FieldError[] {
  const result = profilePatch.safeParse(patch);
  return result.success ? [] : mistakesOf(result.error);
}

/** @throws AppError 422 that names every field that is wrong */
export function validProfile(patch: ProfilePatch): ProfilePatch {
  return parsed(profilePatch, patch);
}
