import type { ProfileRow, RoleRow } from '../tables';
import type { Role, User, UserProfile } from './types';

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
