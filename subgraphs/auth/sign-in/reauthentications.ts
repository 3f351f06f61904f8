import type { Database } from '../../../platform/database/database';
import { unauthenticated } from '../../../platform/errors';
import type { Client } from '../../../platform/http/client-address';
import type { Caller } from '../../../platform/security/caller';
import { lockAccount } from '../accounts/account-rows';
import { invalidCredentials, validLogin } from '../accounts/credentials';
import type { Passwords } from '../passwords/passwords';
import { readCode } from '../second-factor/one-time-codes';
import type { TotpFactors } from '../second-factor/totp-factors';
import { recordSecurityEvent, SecurityEventType } from '../security-events/security-event';
import type { Tokens } from '../sessions/session-tokens';
import type { Sessions } from '../sessions/sessions';
import { AccountRow } from '../tables';
import type { LoginThrottle } from './login-throttle';

interface Dependencies {
  db: Database;
  sessions: Sessions;
  passwords: Passwords;
  throttle: LoginThrottle;
  factors: TotpFactors;
}

/** Step-up authentication (RFC 9470): a signed-in user authenticates again before a sensitive action. */
export class Reauthentications {
  constructor(private readonly deps: Dependencies) {}

  /**
   * Checks the password, and the second factor where the account has one.
   *
   * @returns tokens of the same session whose `auth_time` is now
   * @throws AppError 401 INVALID_CREDENTIALS, INVALID_CODE; 422, also when a code is required; 429 TOO_MANY_ATTEMPTS
   */
  async reauthenticate(
    caller: Caller,
    input: { password: string; code?: string | null | undefined },
    client: Client,
  ): Promise<Tokens> {
    const userId = caller.requireUser();
    const { db, sessions, passwords, throttle, factors } = this.deps;
    const account = await db.read.findOneBy(AccountRow, { id: userId });
    if (account === null) throw unauthenticated('This account does not exist any more');
    validLogin({ username: account.username, password: input.password });
    const code = input.code == null ? undefined : readCode(input.code);
    const counters = await throttle.countersOfAccount(userId, client.address);
    await throttle.assertOpen(counters);
    return passwords.inTurn(() =>
      throttle.guard(counters, { accountId: userId, client }, async () => {
        if (!(await passwords.matches(input.password, account.passwordHash))) throw invalidCredentials();
        return db.transaction(async tx => {
          const current = await lockAccount(db, tx, userId);
          if (!current?.isActive || current.passwordHash !== account.passwordHash) throw invalidCredentials();
          const factor = await factors.active(tx.manager, userId);
          if (factor !== null) await factors.verify(tx, current, factor, code, client);
          await throttle.reset(tx, current, client.address, counters);
          const type = SecurityEventType.REAUTHENTICATED;
          await recordSecurityEvent(tx, db.clock.now(), { accountId: userId, type, client });
          return sessions.recordAuthentication(tx, current, caller);
        });
      }),
    );
  }
}
