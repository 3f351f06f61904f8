import type { Explanation, Grant } from '../explanations';
import type { ProfileRow, RoleRow } from '../tables';
import type { AccessExplanation, AccessGrant, Role, User, UserProfile } from './types';

export function userOf(id: string): User {
  return { id };
}

export function profileOf(row: ProfileRow): UserProfile {
  const { id, userId, firstName, lastName, phone, avatarUrl, metadata, version, updatedAt } = row;
  return {
    id,
    userId,
    firstName,
    lastName,
    sealedPhone: phone,
    avatarUrl,
    metadata,
    version,
    updatedAt: new Date(updatedAt),
  };
}

export function roleOf(row: RoleRow): Role {
  const { id, name, description, permissions, isSystem, version } = row;
  return { id, name, description, permissions, isSystem, version };
}

export function explanationOf({
  allowed,
  decidedBy,
  grants,
  wouldGrant,
  reason,
}: Explanation): AccessExplanation {
  return {
    allowed,
    decidedBy: decidedBy === undefined ? null : grantOf(decidedBy),
    grants: grants.map(grantOf),
    wouldGrant: wouldGrant?.map(roleOf) ?? null,
    reason,
  };
}

function grantOf({ role, grant }: Grant): AccessGrant {
  return { role: roleOf(role), grant };
}
