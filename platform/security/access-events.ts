/**
 * The events that change access: the contract between the services that publish them (auth, users) and all servers, which follow
 * them (see `revocations.ts`).
 */

/** Published by auth: sessions ended. */
export const sessionsRevoked = 'session.revoked';
export interface SessionsRevoked {
  userId: string;
  sessionIds: string[];
}

/** Published by auth, which writes permissions into tokens: the permissions of a user changed. */
export const accessChanged = 'access.changed';
export interface AccessChanged {
  userId: string;
  roles: string[];
  permissions: string[];
}

/** Published by auth: an account was suspended or reactivated. */
export const userActivationChanged = 'user.activationChanged';

export interface UserActivationChanged {
  userId: string;
  isActive: boolean;
}

/** Published by auth: an API key is no longer valid. */
export const apiKeyRevoked = 'apiKey.revoked';
export interface ApiKeyRevoked {
  keyId: string;
}

/** Published by users: an account is being deleted and has no access any more. `personal-data.ts` is the part of each service. */
export const userDeletionRequested = 'user.deletionRequested';
export interface UserDeletionRequested {
  deletionId: string;
  userId: string;
  /** Milliseconds since the Unix epoch. */
  requestedAt: number;
  /** The user or API key that deletes another user; absent for the owner of the account. */
  by?: { actorId: string; client: { address: string; userAgent: string } };
}
