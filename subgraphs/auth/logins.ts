import type { Counter } from 'prom-client';
import type { Client } from '../../platform/client';
import { affectedRows, type Database } from '../../platform/database';
import { AppError, unauthenticated } from '../../platform/errors';
import { keyOf, validLogin } from './credentials';
import type { LoginThrottle } from './login-throttle';
import type { Passwords } from './passwords';
import type { Sessions, Tokens } from './sessions';
import { AccountRow, SessionRow } from './tables';

export interface SignedIn {
  readonly account: AccountRow;
  readonly tokens: Tokens;
}

/** Signs people in by username or email. */
export class Logins {
  constructor(
    private readonly db: Database,
    private readonly sessions: Sessions,
    private readonly passwords: Passwords,
    private readonly throttle: LoginThrottle,
    private readonly logins: Counter<'outcome'>,
  ) {}

  /**
   * A wrong name, a wrong password and a suspended account answer alike, and after the same work.
   *
   * @throws AppError 401 INVALID_CREDENTIALS, 422 for what could be nobody's, 429 TOO_MANY_ATTEMPTS
   */
  async logIn(input: { username: string; password: string }, client: Client): Promise<SignedIn> {
    try {
      const signedIn = await this.attempt(input, client);
      this.logins.inc({ outcome: 'success' });
      return signedIn;
    } catch (error) {
      this.logins.inc({ outcome: error instanceof AppError ? error.code.toLowerCase() : 'error' });
      throw error;
    }
  }

  private async attempt(input: { username: string; password: string }, client: Client): Promise<SignedIn> {
    validLogin(input);
    const name = keyOf(input.username);
    const account = await this.db.read.findOneBy(
      AccountRow,
      name.includes('@') ? { emailKey: name } : { usernameKey: name },
    );
    const isKnown =
      account !== null &&
      (await this.db.read.existsBy(SessionRow, { accountId: account.id, address: client.address }));
    const subjects = this.throttle.subjectsOf(account, name, client.address, isKnown);
    await this.throttle.assertOpen(subjects);
    return this.passwords.inTurn(async () => {
      // Inside the turn: what waits in the queue does not count as failed meanwhile.
      await this.throttle.reserve(subjects);
      try {
        const isRight = await this.passwords.matches(input.password, account?.passwordHash);
        if (!isRight || account === null || !account.isActive) throw invalidCredentials();
        const renewed = this.passwords.isOutdated(account.passwordHash)
          ? await this.passwords.hash(input.password)
          : undefined;
        return await this.db.transaction(async tx => {
          const lastLogin = this.db.clock.now();
          const result = await tx.manager
            .createQueryBuilder()
            .update(AccountRow)
            .set({
              lastLogin,
              version: () => 'version + 1',
              ...(renewed === undefined ? {} : { passwordHash: renewed }),
            })
            // Suspended, or given another password, since it was read: then this password is not right any more.
            .where('id = :id AND is_active = :isActive AND password_hash = :passwordHash', {
              id: account.id,
              isActive: true,
              passwordHash: account.passwordHash,
            })
            .execute();
          if (affectedRows(result) === 0) throw invalidCredentials();
          const current = await tx.manager.findOneByOrFail(AccountRow, { id: account.id });
          await this.throttle.succeed(tx, subjects);
          return { account: current, tokens: await this.sessions.open(tx, current, client) };
        });
      } catch (error) {
        const isAnswer = error instanceof AppError && error.status === 401;
        if (isAnswer) await this.throttle.noteFailure(subjects, account?.id, client);
        else await this.throttle.release(subjects);
        throw error;
      }
    });
  }
}

function invalidCredentials(): AppError {
  return unauthenticated('Wrong username or password', 'INVALID_CREDENTIALS');
}
