/** auth: somebody has an account. `createdAt` is in milliseconds since the Unix epoch, `roles` are names. */
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

/** auth: an account was suspended, or let in again. */
export const userActivationChanged = 'user.activationChanged';

export interface UserActivationChanged {
  userId: string;
  isActive: boolean;
}

/** users: what these users hold from now on. The whole of it, so that a missed event is made good by the next one. */
export const userRolesChanged = 'user.rolesChanged';

export interface UserRolesChanged {
  /** At most 100 users an event. */
  changes: { userId: string; roles: string[]; permissions: string[] }[];
}
