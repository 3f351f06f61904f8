import { z } from 'zod';
import { type FieldError, invalid } from '../../../platform/errors';
import { isPermission } from '../../../platform/security/permissions';
import { parsed, unprintable } from '../input';

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
