/** Somebody has an account. `createdAt` is in milliseconds since the Unix epoch; `roles` are the names to begin with. */
export const userRegistered = 'user.registered';

export interface UserRegistered {
  userId: string;
  username: string;
  email: string;
  isActive: boolean;
  createdAt: number;
  roles: string[];
}

/** An account was suspended, or let in again. */
export const userActivationChanged = 'user.activationChanged';

export interface UserActivationChanged {
  userId: string;
  isActive: boolean;
}

/** The second factor of an account changed, or a recovery code stood in for it: worth a mail to its owner. */
export const factorChanged = 'account.factorChanged';

export interface FactorChanged {
  userId: string;
  username: string;
  email: string;
  change: 'enabled' | 'disabled' | 'recoveryCodeUsed' | 'recoveryCodesRenewed';
  /** Whether sign-ins ask for a second factor from now on. */
  enabled: boolean;
  recoveryCodesLeft: number;
  /** The administrator, or API key, who did it; null when the owner did. */
  actorId: string | null;
  /** Where it was done from. */
  address: string;
  userAgent: string;
}

/** Said by users: what these users hold from now on, the whole of it. */
export const userRolesChanged = 'user.rolesChanged';

export interface UserRolesChanged {
  /** At most 100 users an event; `permissions` are the grants of all roles together, wildcards as they are. */
  changes: { userId: string; roles: string[]; permissions: string[] }[];
}
