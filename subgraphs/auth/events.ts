/** auth: somebody has an account. `createdAt` is in milliseconds since the Unix epoch, `roles` are names. */
export const userRegistered = 'user.registered';

export interface UserRegistered {
  userId: string;
  username: string;
  email: string;
  isActive: boolean;
  createdAt: number;
  roles: string[];
}

/** auth: an account was suspended, or let in again. */
export const userActivationChanged = 'user.activationChanged';

export interface UserActivationChanged {
  userId: string;
  isActive: boolean;
}

/** users: what these users hold from now on, the whole of it. */
export const userRolesChanged = 'user.rolesChanged';

export interface UserRolesChanged {
  changes: { userId: string; roles: string[]; permissions: string[] }[];
}
