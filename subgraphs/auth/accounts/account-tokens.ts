import { createHash, randomBytes } from 'node:crypto';
import { In } from 'typeorm';
import type { Clock } from '../../../platform/clock';
import { affectedRows, type Transaction } from '../../../platform/database/database';
import { AppError } from '../../../platform/errors';
import { uuidv7 } from '../../../platform/ids';
import type { Keyring } from '../../../platform/security/keyring';
import { authErrors } from '../errors';
import {
  type AccountTokenIssued,
  accountInvited,
  emailVerificationRequested,
  passwordResetRequested,
} from '../events';
import { type AccountRow, AccountTokenRow } from '../tables';
import { keyOf } from './credentials';

const hourMs = 60 * 60_000;

/** What a token is good for, how long, and the event that has it mailed. */
const purposes = {
  'verify-email': { lifetimeMs: 3 * 24 * hourMs, event: emailVerificationRequested },
  'reset-password': { lifetimeMs: hourMs, event: passwordResetRequested },
  invitation: { lifetimeMs: 7 * 24 * hourMs, event: accountInvited },
} as const;

export type TokenPurpose = keyof typeof purposes;

/** Mails overtake each other, so an earlier link stays good; more than these an account never waits for. */
const mostLive = 5;
const pattern = /^[A-Za-z0-9_-]{43}$/;

/**
 * What proves that somebody reads an account's mail: good once, for one purpose, until it expires. Stored as SHA-256 of 256
 * random bits, and published only sealed, so that neither the database nor the bus gives one away.
 */
export class AccountTokens {
  constructor(
    private readonly keyring: Keyring,
    private readonly clock: Clock,
  ) {}

  /** A new token; the event that has it mailed goes out with the transaction. */
  async issue(
    tx: Transaction,
    purpose: TokenPurpose,
    account: Pick<AccountRow, 'id' | 'username' | 'email'>,
  ): Promise<string> {
    const { lifetimeMs, event } = purposes[purpose];
    const token = randomBytes(32).toString('base64url');
    const now = this.clock.now();
    const expiresAt = now + lifetimeMs;
    const { id: accountId, username, email } = account;
    await tx.manager.insert(AccountTokenRow, {
      id: uuidv7(now),
      accountId,
      purpose,
      emailKey: keyOf(email),
      tokenHash: hashOf(token),
      expiresAt,
    });
    const old = await tx.manager
      .createQueryBuilder(AccountTokenRow, 'token')
      .where('token.accountId = :accountId AND token.purpose = :purpose', { accountId, purpose })
      .orderBy('token.id', 'DESC')
      .offset(mostLive)
      .limit(mostLive)
      .getMany();
    for (const { id } of old) await tx.manager.delete(AccountTokenRow, { id });
    const sealedToken = this.keyring.encrypt(token, `event:${event}:${accountId}`);
    const data: AccountTokenIssued = { userId: accountId, username, email, sealedToken, expiresAt };
    await tx.emit({ type: event, data });
    return token;
  }

  /**
   * The account the token is good for now. Cheap, and decides nothing: `spend` does.
   *
   * @throws AppError 422 ACCOUNT_TOKEN_INVALID
   */
  async find(
    manager: Transaction['manager'],
    purpose: TokenPurpose,
    token: string,
  ): Promise<AccountTokenRow> {
    const row = pattern.test(token)
      ? await manager.findOneBy(AccountTokenRow, { tokenHash: hashOf(token), purpose })
      : null;
    if (row === null || row.expiresAt <= this.clock.now()) throw accountTokenInvalid();
    return row;
  }

  /**
   * Uses the token up, and with it the others of its account and purpose. Of two who spend one at once the database
   * lets one.
   *
   * @throws AppError 422 ACCOUNT_TOKEN_INVALID, the same for one that is used, expired, for something else or made up
   */
  async spend(
    tx: Transaction,
    purpose: TokenPurpose,
    token: string,
  ): Promise<{ accountId: string; emailKey: string }> {
    const { id, accountId, emailKey } = await this.find(tx.manager, purpose, token);
    if (affectedRows(await tx.manager.delete(AccountTokenRow, { id })) === 0) throw accountTokenInvalid();
    await tx.manager.delete(AccountTokenRow, { accountId, purpose });
    return { accountId, emailKey };
  }

  /** What was mailed for these purposes is good no more. */
  async revoke(tx: Transaction, accountId: string, ...purposes: TokenPurpose[]): Promise<void> {
    await tx.manager.delete(AccountTokenRow, { accountId, purpose: In(purposes) });
  }
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

export function accountTokenInvalid(): AppError {
  return new AppError(
    authErrors.ACCOUNT_TOKEN_INVALID,
    'This link is not good any more, or never was: ask for a new one',
  );
}
