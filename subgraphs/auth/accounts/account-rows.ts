import type { Database } from '../../../platform/database/database';
import { uniqueViolation } from '../../../platform/database/driver-errors';
import type { Transaction } from '../../../platform/database/transaction';
import { AppError } from '../../../platform/errors';
import { uuidv7 } from '../../../platform/ids';
import { authErrors } from '../errors';
import { type UserRegistered, userRegistered } from '../events';
import { AccountRow } from '../tables';
import { keyOf } from './credentials';

export const administratorRole = 'administrator';

/** Usernames of the operator: no registration and no `createUser` takes them. */
const reserved = new Set(['admin', 'administrator', 'root', 'system']);

/**
 * Reads and locks an account against changes of its credentials until the transaction ends. Inserts of rows that refer to
 * the account do not wait for this lock.
 */
export function lockAccount(
  db: Pick<Database, 'kind'>,
  tx: Transaction,
  id: string,
): Promise<AccountRow | null> {
  const query = tx.manager.createQueryBuilder(AccountRow, 'account').where('account.id = :id', { id });
  if (db.kind === 'postgres') query.setLock('for_no_key_update');
  return query.getOne();
}

export function newAccount(
  facts: Pick<AccountRow, 'username' | 'email' | 'passwordHash' | 'roles' | 'permissions'>,
  now: number,
): AccountRow {
  return {
    id: uuidv7(now),
    usernameKey: keyOf(facts.username),
    emailKey: keyOf(facts.email),
    isActive: true,
    isAdministrator: facts.roles.includes(administratorRole),
    createdAt: now,
    lastLogin: null,
    emailVerifiedAt: null,
    accessChangedAt: null,
    accessPublishedAt: null,
    version: 1,
    ...facts,
  };
}

/** The permissions of an account, for `requireAuthorityOver`. A new administrator has the role before the permissions arrive. */
export function permissionsHeldBy({
  permissions,
  isAdministrator,
}: Pick<AccountRow, 'permissions' | 'isAdministrator'>): readonly string[] {
  return isAdministrator ? ['*'] : permissions;
}

/** Inserts the account and emits `user.registered`. @throws the unique violation of the database, see `taken` */
export async function insertAccount(
  tx: Transaction,
  account: AccountRow,
  creationId?: string,
): Promise<void> {
  await tx.manager.insert(AccountRow, account);
  await tx.emit({ type: userRegistered, data: registrationOf(account, creationId) });
}

export function registrationOf(account: AccountRow, creationId?: string): UserRegistered {
  const { id, username, email, isActive, createdAt, roles } = account;
  const facts = { userId: id, username, email, isActive, createdAt, roles };
  return creationId === undefined ? facts : { ...facts, creationId };
}

/** @throws AppError 409 USERNAME_TAKEN */
export function refuseReserved(username: string): void {
  if (reserved.has(keyOf(username))) throw usernameTaken();
}

/** Translates the unique violation of an inserted account. */
export function taken(error: unknown): unknown {
  const columns = uniqueViolation(error);
  if (columns?.includes('username_key')) return usernameTaken();
  if (columns?.includes('email_key')) {
    return new AppError(authErrors.EMAIL_TAKEN, 'That email is already registered', {
      details: [{ field: 'email', message: 'is already registered' }],
    });
  }
  return error;
}

function usernameTaken() {
  return new AppError(authErrors.USERNAME_TAKEN, 'That username is taken', {
    details: [{ field: 'username', message: 'is taken' }],
  });
}
