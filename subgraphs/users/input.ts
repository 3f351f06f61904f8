import { z } from 'zod';
import { type FieldError, invalid } from '../../platform/errors';
import { isPermission } from '../../platform/security/permissions';

/** Control characters, halves of surrogate pairs, line separators and marks that turn the direction of text around. */
export const unprintable = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;

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
    // Whoever merges such an object into another writes to the prototype of everything.
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
  avatarUrl: avatarUrl.nullish(),
  metadata: metadata.nullish(),
});

/** A field that is absent stays as it is, null clears it. */
export interface ProfilePatch {
  firstName?: string | null | undefined;
  lastName?: string | null | undefined;
  /** E.164, such as +4930901820. */
  phone?: string | null | undefined;
  avatarUrl?: string | null | undefined;
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

const roleNamePattern = /^[a-z][a-z0-9-]{1,49}$/;
const mostPermissions = 100;
/** Access tokens carry the permissions, and no token is longer than 8 KiB. */
const longestPermissions = 2_500;

const roleName = z
  .string('must be text')
  .regex(roleNamePattern, 'must be 2 to 50 of a-z, 0-9 and -, beginning with a letter');

const description = z
  .string('must be text')
  .max(500, 'must be at most 500 characters')
  .refine(text => !unprintable.test(text.replaceAll('\n', '')), 'must not hold control characters');

const permissions = z
  .array(
    z
      .string()
      .refine(
        isPermission,
        'must be a permission such as files:read, or end in a wildcard such as files:* or *',
      ),
    'must be a list',
  )
  .max(mostPermissions, `must be at most ${mostPermissions} permissions`)
  .transform(list => [...new Set(list)].sort())
  .refine(
    list => list.join(' ').length <= longestPermissions,
    `must be at most ${longestPermissions} characters together`,
  );

const newRole = z.object({
  name: roleName,
  description: description.nullish().transform(text => text ?? ''),
  permissions,
});

/** For fields that cannot be cleared: absent is unchanged, null is a mistake. */
const rolePatch = z.object({
  name: roleName.optional(),
  description: description.nullish().transform(text => (text === null ? '' : text)),
  permissions: permissions.optional(),
});

export interface NewRole {
  name: string;
  description?: string | null | undefined;
  permissions: string[];
}

export interface RolePatch {
  name?: string | undefined;
  /** Null clears it. */
  description?: string | null | undefined;
  permissions?: string[] | undefined;
}

/** @throws AppError 422 that names every field that is wrong */
export function validNewRole(input: NewRole) {
  return parsed(newRole, input);
}

/** @throws AppError 422 that names every field that is wrong */
export function validRolePatch(input: RolePatch) {
  return parsed(rolePatch, input);
}

const mostRoles = 50;

/** The names, each once. Whether there are such roles is not known yet. @throws AppError 422 for an empty or endless list */
export function validRoleNames(names: readonly string[], field = 'roles'): string[] {
  const mistakes = mistakesInRoleNames(names, field);
  if (mistakes.length > 0) throw invalid(mistakes);
  return [...new Set(names)];
}

export function mistakesInRoleNames(names: readonly string[], field = 'roles'): FieldError[] {
  if (names.length === 0) return [{ field, message: 'must name at least one role' }];
  if (names.length > mostRoles) return [{ field, message: `must name at most ${mostRoles} roles at once` }];
  return names.flatMap((name, at) => (isRoleName(name) ? [] : [unknownRole(`${field}.${at}`, name)]));
}

export function isRoleName(text: string): boolean {
  return roleNamePattern.test(text);
}

/** Names the role where the text could be the name of one; anything else is not repeated. */
export function unknownRole(field: string, name: string): FieldError {
  return {
    field,
    message: isRoleName(name) ? `there is no role named ${name}` : 'is not the name of a role',
  };
}

function parsed<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw invalid(mistakesOf(result.error));
}

/** The first of each field. */
function mistakesOf(error: z.ZodError): FieldError[] {
  const first = new Map<string, FieldError>();
  for (const { path, message } of error.issues) {
    const field = path.join('.');
    if (!first.has(field)) first.set(field, { field, message });
  }
  return [...first.values()].slice(0, 50);
}
