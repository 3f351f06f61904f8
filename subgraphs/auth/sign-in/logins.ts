import type { Counter } from 'prom-client';
import type { Database } from '../../../platform/database/database';
import type { Transaction } from '../../../platform/database/transaction';
import { AppError } from '../../../platform/errors';
import type { Client } from '../../../platform/http/client-address';
import { lockAccount } from '../accounts/account-rows';
import { invalidCredentials, keyOf, validLogin } from '../accounts/credentials';
import type { Passwords } from '../passwords/passwords';
import { readCode } from '../second-factor/one-time-codes';
import type { TotpFactors } from '../second-factor/totp-factors';
import type { SignedIn } from '../sessions/session-tokens';
import type { Sessions } from '../sessions/sessions';
import { AccountRow } from '../tables';
import { challengeInvalid, type LoginChallenges, mfaRequired } from './login-challenges';
import type { AttemptCounter, LoginThrottle } from './login-throttle';

interface Dependencies {
  db: Database;
  sessions: Sessions;
  passwords: Passwords;
  throttle: LoginThrottle;
  factors: TotpFactors;
  challenges: LoginChallenges;
  metric: Counter<'outcome'>;
}

/** Signs users in: by username or email and password, then by a second factor where the account has one. */
export class Logins {
  constructor(private readonly deps: Dependencies) {}

  /**
   * The first step. A wrong name, a wrong password and a suspended account get the same answer after the same work,
   * with and without a second factor.
   *
   * @throws AppError 401 INVALID_CREDENTIALS; 401 MFA_REQUIRED with a `challenge` for `complete` when the password is
   * right and the account has a second factor; 422; 429 TOO_MANY_ATTEMPTS
   */
  async logIn(input: { username: string; password: string }, client: Client): Promise<SignedIn> {
    return this.measured(async () => {
      const result = await this.attempt(input, client);
      if ('challenge' in result) throw mfaRequired(result.challenge);
      return result;
    });
  }

  /**
   * The second step: the challenge of the first step with a code of the app or a recovery code. A wrong code counts
   * against the account like a wrong password.
   *
   * @throws AppError 401 INVALID_CODE, CHALLENGE_INVALID; 422; 429 TOO_MANY_ATTEMPTS
   */
  async complete(input: { challenge: string; code: string }, client: Client): Promise<SignedIn> {
    const { db, challenges, factors, throttle } = this.deps;
    return this.measured(async () => {
      const code = readCode(input.code);
      const challenge = await challenges.find(input.challenge);
      const { accountId } = challenge;
      const counters = await throttle.countersOfAccount(accountId, client.address);
      return throttle.guard(counters, { accountId, client }, () =>
        db.transaction(async tx => {
          const account = await lockAccount(db, tx, accountId);
          if (!account?.isActive) throw challengeInvalid();
          const factor = await factors.active(tx.manager, account.id);
          if (factor === null) throw challengeInvalid();
          await challenges.redeem(tx, challenge, account, factor);
          await factors.verify(tx, account, factor, code, client);
          return this.signIn(tx, account, counters, client);
        }),
      );
    });
  }

  private async measured(signIn: () => Promise<SignedIn>): Promise<SignedIn> {
    try {
      const signedIn = await signIn();
      this.deps.metric.inc({ outcome: 'success' });
      return signedIn;
    } catch (error) {
      this.deps.metric.inc({ outcome: error instanceof AppError ? error.code.toLowerCase() : 'error' });
      throw error;
    }
  }

  private async attempt(
    input: { username: string; password: string },
    client: Client,
  ): Promise<SignedIn | { challenge: string }> {
    validLogin(input);
    const { db, passwords, throttle } = this.deps;
    const name = keyOf(input.username);
    const account = await db.read.findOneBy(
      AccountRow,
      name.includes('@') ? { emailKey: name } : { usernameKey: name },
    );
    const counters = await throttle.countersOfName(account, name, client.address);
    await throttle.assertOpen(counters);
    // Counted after the queue, so that a waiting attempt does not count as a failure yet.
    return passwords.inTurn(() =>
      throttle.guard(counters, { accountId: account?.id, client }, async () => {
        const isRight = await passwords.matches(input.password, account?.passwordHash);
        if (!isRight || account === null || !account.isActive) throw invalidCredentials();
        const rehashed = passwords.isOutdated(account.passwordHash)
          ? await passwords.hash(input.password)
          : undefined;
        return db.transaction(tx => this.afterPassword(tx, account, rehashed, counters, client));
      }),
    );
  }

  /** The password matched `read`: opens a session, or issues a challenge where the account has a second factor. */
  private async afterPassword(
    tx: Transaction,
    read: AccountRow,
    rehashed: string | undefined,
    counters: readonly AttemptCounter[],
    client: Client,
  ): Promise<SignedIn | { challenge: string }> {
    const { db, throttle, factors, challenges } = this.deps;
    const current = await lockAccount(db, tx, read.id);
    // The account may have been suspended, or its password changed, since it was read.
    if (!current?.isActive || current.passwordHash !== read.passwordHash) throw invalidCredentials();
    if (rehashed !== undefined) {
      current.passwordHash = rehashed;
      await tx.manager.update(AccountRow, { id: current.id }, { passwordHash: rehashed });
    }
    const factor = await factors.active(tx.manager, current.id);
    if (factor === null) return this.signIn(tx, current, counters, client);
    // The first of two steps does not reset the count of wrong codes.
    await throttle.refund(tx, counters);
    return { challenge: await challenges.issue(tx, current, factor) };
  }

  private async signIn(
    tx: Transaction,
    account: AccountRow,
    counters: readonly AttemptCounter[],
    client: Client,
  ): Promise<SignedIn> {
    const { db, throttle, sessions } = this.deps;
    const lastLogin = db.clock.now();
    await tx.manager.update(AccountRow, { id: account.id }, { lastLogin, version: () => 'version + 1' });
    await throttle.reset(tx, account, client.address, counters);
    const signedIn = { ...account, lastLogin, version: account.version + 1 };
    return { account: signedIn, tokens: await sessions.open(tx, signedIn, client) };
  }
}
