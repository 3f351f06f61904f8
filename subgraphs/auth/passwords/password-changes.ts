import { affectedRows, type Database } from '../../../platform/database/database';
import { type AppError, unauthenticated } from '../../../platform/errors';
import type { Client } from '../../../platform/http/client-address';
import { type Caller, requireRecent } from '../../../platform/security/caller';
import type { AccountTokens } from '../accounts/account-tokens';
import { type PasswordChange, validPasswordChange } from '../accounts/credentials';
import { noticeOf } from '../accounts/owner-notifications';
import { authErrors } from '../errors';
import { type PasswordChanged, passwordChanged } from '../events';
import type { TotpFactors } from '../second-factor/totp-factors';
import { recordSecurityEvent, SecurityEventType } from '../security-events/security-event';
import type { Sessions } from '../sessions/sessions';
import type { LoginThrottle } from '../sign-in/login-throttle';
import { AccountRow } from '../tables';
import type { Passwords } from './passwords';

/** A new password for somebody who knows the old one. */
export class PasswordChanges {
  constructor(
    private readonly db: Database,
    private readonly sessions: Sessions,
    private readonly passwords: Passwords,
    private readonly throttle: LoginThrottle,
    private readonly tokens: AccountTokens,
    private readonly factors: TotpFactors,
  ) {}

  /**
   * Changes the caller's password, ends their other sessions and makes links that were mailed before good no more. A wrong
   * current password counts as a failed sign-in. Where a second factor is on, the session must be of a sign-in of the last
   * ten minutes: that took both.
   *
   * @throws AppError 401 INVALID_CREDENTIALS, REAUTHENTICATION_REQUIRED, 422 with every reason, 429 TOO_MANY_ATTEMPTS, 503 when the end of the other
   * sessions could not be announced yet
   */
  async change(caller: Caller, input: PasswordChange, client: Client): Promise<void> {
    const accountId = caller.requireUser();
    const account = await this.db.read.findOneBy(AccountRow, { id: accountId });
    if (account === null) throw unauthenticated('This account is gone');
    if (await this.factors.isOn(this.db.read, accountId)) requireRecent(caller, this.db.clock.now());
    validPasswordChange(input, account);
    const subjects = await this.throttle.subjectsOf(account, '', client.address);
    await this.throttle.assertOpen(subjects);
    const ended = await this.passwords.inTurn(() =>
      this.throttle.counted(subjects, { accountId, client }, async () => {
        const isRight = await this.passwords.matches(input.currentPassword, account.passwordHash);
        if (!isRight) throw wrongPassword();
        const passwordHash = await this.passwords.hash(input.newPassword);
        return this.db.transaction(async tx => {
          const changed = await tx.manager
            .createQueryBuilder()
            .update(AccountRow)
            .set({ passwordHash, version: () => 'version + 1' })
            // Suspended, or given another password, since it was read: then the old one is not right any more.
            .where('id = :accountId AND is_active = :isActive AND password_hash = :old', {
              accountId,
              isActive: true,
              old: account.passwordHash,
            })
            .execute();
          if (affectedRows(changed) === 0) throw wrongPassword();
          await this.tokens.revoke(tx, accountId, 'reset-password', 'invitation');
          if (await this.factors.isOn(tx.manager, accountId)) {
            requireRecent(caller, this.db.clock.now());
            // Half of what a sign-in takes: it forgives no wrong codes.
            await this.throttle.takeBack(tx, subjects);
          } else {
            await this.throttle.succeed(tx, subjects);
          }
          await recordSecurityEvent(tx, this.db.clock.now(), {
            accountId,
            type: SecurityEventType.PASSWORD_CHANGED,
            client,
          });
          const data: PasswordChanged = { ...noticeOf(account, client), how: 'changed' };
          await tx.emit({ type: passwordChanged, data });
          return this.sessions.endAll(tx, accountId, caller.sessionId);
        });
      }),
    );
    await this.sessions.announce(ended);
  }
}

function wrongPassword(): AppError {
  return unauthenticated('Wrong password', authErrors.INVALID_CREDENTIALS);
}
