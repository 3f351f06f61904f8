import { createHash, randomBytes } from 'node:crypto';
import { In } from 'typeorm';
import type { Clock } from '../../../platform/clock';
import { affectedRows } from '../../../platform/database/database';
import type { Transaction } from '../../../platform/database/transaction';
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

/** The purposes of tokens, each with its lifetime and the event for the mail. */
const purposes = {
  'verify-email': { lifetimeMs: 3 * 24 * hourMs, event: emailVerificationRequested },
  'reset-password': { lifetimeMs: hourMs, event: passwordResetRequested },
  invitation: { lifetimeMs: 7 * 24 * hourMs, event: accountInvited },
} as const;

export type TokenPurpose = keyof typeof purposes;

/** Mails may overtake each other, so the last few links of an account stay valid. */
const mostLive = 5;
const pattern = /^[A-Za-z0-9_-]{43}$/;

/**
 * Tokens of mailed links, which prove that the user reads the mail of the account: valid once, for one purpose, until they
 * expire. The database stores hashes, and events carry the encrypted token.
 */
export class AccountTokens {
  constructor(
    private readonly keyring: Keyring,
    private readonly clock: Clock,
  ) {}

  /**
   * Issues a token and emits the event for the mail in the same transaction.
   *
   * @param locale of a user whose profile is not stored yet
   */
  async issue(
    tx: Transaction,
    purpose: TokenPurpose,
    account: Pick<AccountRow, 'id' | 'username' | 'email'>,
    locale?: string,
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
    await tx.emit({ type: event, data: locale === undefined ? data : { ...data, locale } });
    return token;
  }

  /**
   * The row of a valid token. It does not use the token up; `spend` does.
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
   * Uses up the token and all others of its account and purpose. Of two concurrent requests the database lets one succeed.
   *
   * @throws AppError 422 ACCOUNT_TOKEN_INVALID, for a used, expired or unknown token and for another purpose
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

  /** Invalidates the links of these purposes. */
  async revoke(tx: Transaction, accountId: string, ...purposes: TokenPurpose[]): Promise<void> {
    await tx.manager.delete(AccountTokenRow, { accountId, purpose: In(purposes) });
  }
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

export function accountTokenInvalid(): AppError {
  return new AppError(authErrors.ACCOUNT_TOKEN_INVALID, 'This link is not valid: request a new one');
}
