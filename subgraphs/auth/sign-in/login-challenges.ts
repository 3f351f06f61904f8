import { createHash, randomBytes } from 'node:crypto';
import { affectedRows, type Database, type Transaction } from '../../../platform/database/database';
import { AppError, unauthenticated } from '../../../platform/errors';
import { authErrors } from '../errors';
import { type AccountRow, LoginChallengeRow, type TotpFactorRow } from '../tables';

/** Long enough to find the phone. */
const lifetimeMs = 5 * 60_000;

/**
 * Sign-ins that wait for their second factor. A challenge is good for one sign-in, at every instance and over restarts,
 * and ends with its time, with the factor, with the password that was matched, and with a suspension.
 */
export class LoginChallenges {
  constructor(private readonly db: Database) {}

  /** In the transaction that has found the password right. @returns the challenge, which is stored as a hash */
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

  /** @throws AppError 401 CHALLENGE_INVALID when there is none, or it is too old */
  async find(challenge: string): Promise<LoginChallengeRow> {
    const row =
      challenge.length > 100
        ? null
        : await this.db.read.findOneBy(LoginChallengeRow, { hash: hashOf(challenge) });
    if (row === null || row.expiresAt <= this.db.clock.now()) throw challengeInvalid();
    return row;
  }

  /**
   * Uses the challenge up. Of two at once the database lets one.
   *
   * @throws AppError 401 CHALLENGE_INVALID when it is used up, or not about this password and factor any more
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

/** The password was right, and the account asks for more: the challenge goes with the code to `completeLogin`. */
export function mfaRequired(challenge: string): AppError {
  return new AppError(
    authErrors.MFA_REQUIRED,
    'The second factor is due: send its code with this challenge',
    {
      details: { challenge, expiresInSeconds: lifetimeMs / 1000 },
      headers: { 'www-authenticate': 'Bearer' },
    },
  );
}

export function challengeInvalid(): AppError {
  return unauthenticated('This sign-in was used, or is too old: begin again', authErrors.CHALLENGE_INVALID);
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
