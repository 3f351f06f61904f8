import type { Counter } from 'prom-client';
import type { Database, Transaction } from '../../../platform/database/database';
import { AppError } from '../../../platform/errors';
import type { Client } from '../../../platform/http/client-address';
import { lockAccount } from '../accounts/account-rows';
import { invalidCredentials, keyOf, validLogin } from '../accounts/credentials';
import type { Passwords } from '../passwords/passwords';
import { readCode } from '../second-factor/one-time-codes';
import type { TotpFactors } from '../second-factor/totp-factors';
import type { Sessions, SignedIn } from '../sessions/sessions';
import { AccountRow } from '../tables';
import { challengeInvalid, type LoginChallenges, mfaRequired } from './login-challenges';
import type { LoginThrottle, Throttled } from './login-throttle';

/** Signs people in by username or email, and by a second factor where one is on. */
export class Logins {
  constructor(
    private readonly db: Database,
    private readonly sessions: Sessions,
    private readonly passwords: Passwords,
    private readonly throttle: LoginThrottle,
    private readonly second: { factors: TotpFactors; challenges: LoginChallenges },
    private readonly logins: Counter<'outcome'>,
  ) {}

  /**
   * A wrong name, a wrong password and a suspended account answer alike, and after the same work, whether a second factor
   * is on or not.
   *
   * @throws AppError 401 INVALID_CREDENTIALS; 401 MFA_REQUIRED with a `challenge` for `complete`, when the password is
   * right and a second factor is due; 422 for what could be nobody's; 429 TOO_MANY_ATTEMPTS
   */
  async logIn(input: { username: string; password: string }, client: Client): Promise<SignedIn> {
    return this.measured(async () => {
      const result = await this.attempt(input, client);
      if ('challenge' in result) throw mfaRequired(result.challenge);
      return result;
    });
  }

  /**
   * The second step: a code of the authenticator app or a recovery code, with the challenge of the first. Wrong codes count
   * against the account like wrong passwords.
   *
   * @throws AppError 401 INVALID_CODE, CHALLENGE_INVALID; 422 for what is no code; 429 TOO_MANY_ATTEMPTS
   */
  async complete(input: { challenge: string; code: string }, client: Client): Promise<SignedIn> {
    return this.measured(async () => {
      const typed = readCode(input.code);
      const challenge = await this.second.challenges.find(input.challenge);
      const subjects = await this.throttle.subjectsOf({ id: challenge.accountId }, '', client.address);
      const who = { accountId: challenge.accountId, client };
      return this.throttle.counted(subjects, who, () =>
        this.db.transaction(async tx => {
          const account = await lockAccount(this.db, tx, challenge.accountId);
          if (!account?.isActive) throw challengeInvalid();
          const factor = await this.second.factors.active(tx.manager, account.id);
          if (factor === null) throw challengeInvalid();
          await this.second.challenges.redeem(tx, challenge, account, factor);
          await this.second.factors.spend(tx, account, factor, typed, client);
          return this.open(tx, account, subjects, client);
        }),
      );
    });
  }

  private async measured(signIn: () => Promise<SignedIn>): Promise<SignedIn> {
    try {
      const signedIn = await signIn();
      this.logins.inc({ outcome: 'success' });
      return signedIn;
    } catch (error) {
      this.logins.inc({ outcome: error instanceof AppError ? error.code.toLowerCase() : 'error' });
      throw error;
    }
  }

  private async attempt(
    input: { username: string; password: string },
    client: Client,
  ): Promise<SignedIn | { challenge: string }> {
    validLogin(input);
    const name = keyOf(input.username);
    const account = await this.db.read.findOneBy(
      AccountRow,
      name.includes('@') ? { emailKey: name } : { usernameKey: name },
    );
    const subjects = await this.throttle.subjectsOf(account, name, client.address);
    await this.throttle.assertOpen(subjects);
    // Counted inside the turn: what waits in the queue does not count as failed meanwhile.
    return this.passwords.inTurn(() =>
      this.throttle.counted(subjects, { accountId: account?.id, client }, async () => {
        const isRight = await this.passwords.matches(input.password, account?.passwordHash);
        if (!isRight || account === null || !account.isActive) throw invalidCredentials();
        const renewed = this.passwords.isOutdated(account.passwordHash)
          ? await this.passwords.hash(input.password)
          : undefined;
        return this.db.transaction(async tx => {
          const current = await lockAccount(this.db, tx, account.id);
          // Suspended, or given another password, since it was read: then this password is not right any more.
          if (!current?.isActive || current.passwordHash !== account.passwordHash) throw invalidCredentials();
          if (renewed !== undefined) {
            current.passwordHash = renewed;
            await tx.manager.update(AccountRow, { id: current.id }, { passwordHash: renewed });
          }
          const factor = await this.second.factors.active(tx.manager, current.id);
          if (factor === null) return this.open(tx, current, subjects, client);
          // Only half of a sign-in: it takes nothing back of what was wrong before.
          await this.throttle.takeBack(tx, subjects);
          return { challenge: await this.second.challenges.issue(tx, current, factor) };
        });
      }),
    );
  }

  private async open(
    tx: Transaction,
    account: AccountRow,
    subjects: readonly Throttled[],
    client: Client,
  ): Promise<SignedIn> {
    const lastLogin = this.db.clock.now();
    await tx.manager.update(AccountRow, { id: account.id }, { lastLogin, version: () => 'version + 1' });
    await this.throttle.succeed(tx, subjects);
    const signedIn = { ...account, lastLogin, version: account.version + 1 };
    return { account: signedIn, tokens: await this.sessions.open(tx, signedIn, client) };
  }
}
