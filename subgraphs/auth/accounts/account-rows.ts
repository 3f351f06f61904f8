import { type Database, type Transaction, uniqueViolation } from '../../../platform/database/database';
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
 * The account; whatever else changes what it signs in with waits until this transaction has ended. Rows that only belong to
 * it are written meanwhile: their keys do not wait for this lock.
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

/** The account and the news of it. @throws the database's unique violation, see `taken` */
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

/** What a failed insert of an account means. */
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
