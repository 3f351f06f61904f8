import type { Client } from '../../platform/http/client-address';

/** An account was created. `createdAt` is in milliseconds since the Unix epoch; `roles` are the names of the first roles. */
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

/** Published by users: the complete access of these users. */
export const userRolesChanged = 'user.rolesChanged';

export interface UserRolesChanged {
  /** At most 100 users an event; `permissions` are the grants of all roles, wildcards included. */
  changes: { userId: string; roles: string[]; permissions: string[] }[];
  /** Ids of `release-administrator` commands that are carried out, or cancelled. */
  releases?: string[];
  /** Set when a caller gave roles to these users or took them away; not when the permissions of a role changed. */
  cause?: { actorId: string; client: Client; added: string[]; removed: string[] };
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

/**
 * A token for a mailed link was issued; notifications mails it. `sealedToken` is encrypted with ENCRYPTION_KEYS, which the
 * services share:
 * `keyring.decrypt(data.sealedToken, `event:${event.type}:${data.userId}`)`. The decrypted token must not be stored or logged.
 * `expiresAt` is in milliseconds since the Unix epoch; later mail is useless.
 */
export interface AccountTokenIssued {
  userId: string;
  username: string;
  email: string;
  sealedToken: string;
  expiresAt: number;
  /** BCP 47; present when the mail comes before the profile that would say it. */
  locale?: string;
}

/** The token goes to `verifyEmail`. */
export const emailVerificationRequested = 'account.emailVerificationRequested';

/** The token goes to `resetPassword`. */
export const passwordResetRequested = 'account.passwordResetRequested';

/** An account without a password was created. Its owner chooses one with the token and `acceptInvitation`. */
export const accountInvited = 'account.invited';

/** The part of every event that notifications mails to the owner of an account: the account, and the client that acted. */
export interface AccountNotification {
  userId: string;
  username: string;
  email: string;
  /** Browser and operating system from the user agent, such as `Firefox on Linux`. */
  device: string;
  /** IP address. */
  address: string;
}

/** The password of an account was changed; its other sessions have ended. */
export const passwordChanged = 'account.passwordChanged';

export interface PasswordChanged extends AccountNotification {
  /** With the current password, with a mailed link, or with an invitation. */
  how: 'changed' | 'reset' | 'invited';
}

/** The account was signed in to from a new device or network. */
export const signedInFromNewDevice = 'account.signedInFromNewDevice';

export interface SignedInFromNewDevice extends AccountNotification {
  /** The session to revoke if it was not the owner. */
  sessionId: string;
}

/** An account was suspended or reactivated; `device` and `address` are empty, since they are those of another person. */
export const accountActivationChanged = 'account.activationChanged';

export interface AccountActivationChanged extends AccountNotification {
  change: 'suspended' | 'reactivated';
}

/** The second factor of an account was changed, or a recovery code was used. */
export const factorChanged = 'account.factorChanged';

export interface FactorChanged extends AccountNotification {
  change: 'enabled' | 'disabled' | 'recoveryCodeUsed' | 'recoveryCodesRenewed';
  /** Whether sign-ins now ask for a second factor. */
  enabled: boolean;
  recoveryCodesLeft: number;
  /** The administrator or API key that acted, with empty `device` and `address`; null for the owner. */
  actorId: string | null;
}
