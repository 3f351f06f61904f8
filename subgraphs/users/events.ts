import type { Client } from '../../platform/http/client-address';

/** Published by auth: an account was created. `createdAt` is in milliseconds since the Unix epoch, `roles` are names. */
export const userRegistered = 'user.registered';

export interface UserRegistered {
  userId: string;
  username: string;
  email: string;
  isActive: boolean;
  createdAt: number;
  roles: string[];
  /** The id of the `createUser` command; absent for a registration. */
  creationId?: string;
}

export { type UserActivationChanged, userActivationChanged } from '../../platform/security/access-events';

/** Published by users: what a profile says about how messages reach the user. It is complete, so that the newest event is enough. */
export const contactChanged = 'user.contactChanged';

export interface ContactChanged {
  userId: string;
  /** E.164, encrypted in the context `event:user.contactChanged:<userId>`; null for none. */
  sealedPhone: string | null;
  /** BCP 47; null for none. */
  locale: string | null;
  /** A name of the IANA database; null for none. */
  timeZone: string | null;
  /** Of the profile: a smaller one is older. */
  version: number;
}

/** Published by users: the complete access of these users, so that the next event repairs a lost one. */
export const userRolesChanged = 'user.rolesChanged';

export interface UserRolesChanged {
  /** At most 100 users an event. */
  changes: { userId: string; roles: string[]; permissions: string[] }[];
  /** Ids of `release-administrator` commands that are carried out, or cancelled. */
  releases?: string[];
  /** Set when a caller gave roles to these users or took them away; not when the permissions of a role changed. */
  cause?: RolesChangeCause;
}

export interface RolesChangeCause {
  /** The user or API key that acted. */
  actorId: string;
  client: Client;
  /** Names of roles. */
  added: string[];
  removed: string[];
}

/** Published by users: a caller created, changed or deleted a role. */
export const roleChanged = 'role.changed';

export interface RoleChanged {
  change: 'created' | 'updated' | 'deleted';
  roleId: string;
  /** Its name after the change; of a deleted role the last one. */
  role: string;
  /** Absent when the name is the same. */
  formerName?: string;
  /** Permissions that the role grants after the change and did not grant before, and the other way round. */
  added: string[];
  removed: string[];
  /** The user or API key that acted. */
  actorId: string;
  /** The user who acted, or who created the API key. */
  onBehalfOf: string;
  client: Client;
}
