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
import type { Sessions, Tokens } from '../sessions/sessions';
import { AccountRow } from '../tables';
import type { LoginThrottle } from './login-throttle';

/** Step-up (RFC 9470): somebody who is signed in proves again who they are, before what cannot be undone. */
export class Reauthentications {
  constructor(
    private readonly db: Database,
    private readonly sessions: Sessions,
    private readonly passwords: Passwords,
    private readonly throttle: LoginThrottle,
    private readonly factors: TotpFactors,
  ) {}

  /**
   * Checks the password, and the second factor where one is on, as a sign-in does.
   *
   * @returns tokens of the same session whose `auth_time` is now
   * @throws AppError 401 INVALID_CREDENTIALS, INVALID_CODE; 422, also for a code that is due; 429 TOO_MANY_ATTEMPTS
   */
  async reauthenticate(
    caller: Caller,
    { password, code }: { password: string; code?: string | null | undefined },
    client: Client,
  ): Promise<Tokens> {
    const userId = caller.requireUser();
    const account = await this.db.read.findOneBy(AccountRow, { id: userId });
    if (account === null) throw unauthenticated('This account is gone');
    validLogin({ username: account.username, password });
    const typed = code == null ? undefined : readCode(code);
    const subjects = await this.throttle.subjectsOf(account, '', client.address);
    await this.throttle.assertOpen(subjects);
    return this.passwords.inTurn(() =>
      this.throttle.counted(subjects, { accountId: userId, client }, async () => {
        if (!(await this.passwords.matches(password, account.passwordHash))) throw invalidCredentials();
        return this.db.transaction(async tx => {
          const current = await lockAccount(this.db, tx, userId);
          if (!current?.isActive || current.passwordHash !== account.passwordHash) throw invalidCredentials();
          const factor = await this.factors.active(tx.manager, userId);
          if (factor !== null) await this.factors.spend(tx, current, factor, typed, client);
          await this.throttle.succeed(tx, subjects);
          const type = SecurityEventType.REAUTHENTICATED;
          await recordSecurityEvent(tx, this.db.clock.now(), { accountId: userId, type, client });
          return this.sessions.noteAuthentication(tx, current, caller);
        });
      }),
    );
  }
}
