/** Somebody has an account. `createdAt` is in milliseconds since the Unix epoch; `roles` are the names to begin with. */
export const userRegistered = 'user.registered';

export interface UserRegistered {
  userId: string;
  username: string;
  email: string;
  isActive: boolean;
  createdAt: number;
  roles: string[];
  /** Of the users service's command that made it (U2); absent for who registered by themselves. */
  creationId?: string;
}

/** An account was suspended, or let in again. */
export const userActivationChanged = 'user.activationChanged';

export interface UserActivationChanged {
  userId: string;
  isActive: boolean;
}

/** Said by users: what these users hold from now on, the whole of it. */
export const userRolesChanged = 'user.rolesChanged';

export interface UserRolesChanged {
  /** At most 100 users an event; `permissions` are the grants of all roles together, wildcards as they are. */
  changes: { userId: string; roles: string[]; permissions: string[] }[];
}

/**
 * A token was made that only the owner of an account's email may have: notifications mails it, the link around it is its
 * own. `sealedToken` is opened with the keys of ENCRYPTION_KEYS, which the services share:
 * `keyring.decrypt(data.sealedToken, `event:${event.type}:${data.userId}`)`. It must not be stored or logged opened.
 * `expiresAt` is in milliseconds since the Unix epoch; mail that would come later is not worth sending.
 */
export interface AccountTokenIssued {
  userId: string;
  username: string;
  email: string;
  sealedToken: string;
  expiresAt: number;
}

/** The token goes to `verifyEmail`. */
export const emailVerificationRequested = 'account.emailVerificationRequested';

/** The token goes to `resetPassword`. */
export const passwordResetRequested = 'account.passwordResetRequested';

/** Somebody made an account without a password for its owner, who chooses one with the token and `acceptInvitation`. */
export const accountInvited = 'account.invited';

/** The part of every event that notifications mails to the owner of an account: the account, and the client that acted. */
export interface AccountNotification {
  userId: string;
  username: string;
  email: string;
  /** Browser and system, such as `Firefox on Linux`; a guess. */
  device: string;
  /** IP address. */
  address: string;
}

/** An account has another password; its other sessions have ended. */
export const passwordChanged = 'account.passwordChanged';

export interface PasswordChanged extends AccountNotification {
  /** With the old password, with a link to reset it, or as the first one of an account that somebody made. */
  how: 'changed' | 'reset' | 'invited';
}

/** Somebody signed in with a browser and system, or from a network, that the account was not used with before. */
export const signedInFromNewDevice = 'account.signedInFromNewDevice';

export interface SignedInFromNewDevice extends AccountNotification {
  /** To be ended, when it was not the owner. */
  sessionId: string;
}

/** The second factor of an account changed, or a recovery code stood in for it. */
export const factorChanged = 'account.factorChanged';

export interface FactorChanged extends AccountNotification {
  change: 'enabled' | 'disabled' | 'recoveryCodeUsed' | 'recoveryCodesRenewed';
  /** Whether sign-ins ask for a second factor from now on. */
  enabled: boolean;
  recoveryCodesLeft: number;
  /** The administrator, or API key, who did it, and then `device` and `address` are empty; null when the owner did. */
  actorId: string | null;
}
