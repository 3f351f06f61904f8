import { createHash, randomBytes } from 'node:crypto';
import { affectedRows, type Database } from '../../../platform/database/database';
import type { Transaction } from '../../../platform/database/transaction';
import { type AppError, unauthenticated } from '../../../platform/errors';
import { authErrors } from '../errors';
import { type AccountRow, LoginChallengeRow, type TotpFactorRow } from '../tables';

/** Time to find the phone. */
const lifetimeMs = 5 * 60_000;

/**
 * Sign-ins that wait for their second factor. A challenge is valid for one sign-in. It ends after five minutes, and when the
 * factor or the password changes or the account is suspended.
 */
export class LoginChallenges {
  constructor(private readonly db: Database) {}

  /** Call it in the transaction that verified the password. @returns the challenge, which is stored as a hash */
  async issue(tx: Transaction, account: AccountRow, factor: TotpFactorRow): Promise<string> {
    const challenge = randomBytes(32).toString('base64url');
    const now = this.db.clock.now();
    await tx.manager.insert(LoginChallengeRow, {
      hash: hashOf(challenge),
      accountId: account.id,
      factorId: factor.id,
      passwordMark: hashOf(account.passwordHash),
      createdAt: now,
      expiresAt: now + lifetimeMs,
    });
    return challenge;
  }

  /** @throws AppError 401 CHALLENGE_INVALID when it is unknown or has expired */
  async find(challenge: string): Promise<LoginChallengeRow> {
    const row =
      challenge.length > 100
        ? null
        : await this.db.read.findOneBy(LoginChallengeRow, { hash: hashOf(challenge) });
    if (row === null || row.expiresAt <= this.db.clock.now()) throw challengeInvalid();
    return row;
  }

  /**
   * Uses the challenge up. Of two concurrent requests the database lets one succeed.
   *
   * @throws AppError 401 CHALLENGE_INVALID when it was used, or the password or factor has changed
   */
  async redeem(
    tx: Transaction,
    challenge: LoginChallengeRow,
    account: AccountRow,
    factor: TotpFactorRow,
  ): Promise<void> {
    if (challenge.factorId !== factor.id || challenge.passwordMark !== hashOf(account.passwordHash)) {
      throw challengeInvalid();
    }
    const deleted = await tx.manager.delete(LoginChallengeRow, { hash: challenge.hash });
    if (affectedRows(deleted) === 0) throw challengeInvalid();
  }
}

/** The password was right and the account has a second factor: `completeLogin` takes this challenge and a code. */
export function mfaRequired(challenge: string): AppError {
  return unauthenticated(
    'A second factor is required: send its code with this challenge',
    authErrors.MFA_REQUIRED,
    { challenge, expiresInSeconds: lifetimeMs / 1000 },
  );
}

export function challengeInvalid(): AppError {
  return unauthenticated(
    'This challenge was used or has expired: sign in again',
    authErrors.CHALLENGE_INVALID,
  );
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
