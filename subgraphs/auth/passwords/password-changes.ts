import { affectedRows, type Database } from '../../../platform/database/database';
import type { Transaction } from '../../../platform/database/transaction';
import { type AppError, unauthenticated } from '../../../platform/errors';
import type { Client } from '../../../platform/http/client-address';
import type { SessionsRevoked } from '../../../platform/security/access-events';
import { type Caller, requireRecent } from '../../../platform/security/caller';
import { accountNotification } from '../accounts/account-notifications';
import type { AccountTokens } from '../accounts/account-tokens';
import { type PasswordChange, validPasswordChange } from '../accounts/credentials';
import { authErrors } from '../errors';
import { type PasswordChanged, passwordChanged } from '../events';
import type { TotpFactors } from '../second-factor/totp-factors';
import { recordSecurityEvent, SecurityEventType } from '../security-events/security-event';
import type { SessionRevocations } from '../sessions/session-revocations';
import type { AttemptCounter, LoginThrottle } from '../sign-in/login-throttle';
import { AccountRow } from '../tables';
import type { Passwords } from './passwords';

interface Dependencies {
  db: Database;
  passwords: Passwords;
  throttle: LoginThrottle;
  tokens: AccountTokens;
  factors: TotpFactors;
  revocations: SessionRevocations;
}

/** Changes passwords of users who know the current one. */
export class PasswordChanges {
  constructor(private readonly deps: Dependencies) {}

  /**
   * Changes the caller's password, ends the caller's other sessions and invalidates mailed links. A wrong current password
   * counts as a failed sign-in. With a second factor the last sign-in must not be older than ten minutes.
   *
   * @throws AppError 401 INVALID_CREDENTIALS, REAUTHENTICATION_REQUIRED; 422 with every reason; 429 TOO_MANY_ATTEMPTS;
   * 503 as `SessionRevocations.prepare`
   */
  async change(caller: Caller, input: PasswordChange, client: Client): Promise<void> {
    const accountId = caller.requireUser();
    const { db, passwords, throttle, factors, revocations } = this.deps;
    const account = await db.read.findOneBy(AccountRow, { id: accountId });
    if (account === null) throw unauthenticated('This account does not exist any more');
    if (await factors.isEnabled(db.read, accountId)) requireRecent(caller, db.clock.now());
    validPasswordChange(input, account);
    await revocations.prepare();
    const counters = await throttle.countersOfAccount(accountId, client.address);
    await throttle.assertOpen(counters);
    const revoked = await passwords.inTurn(() =>
      throttle.guard(counters, { accountId, client }, async () => {
        const isRight = await passwords.matches(input.currentPassword, account.passwordHash);
        if (!isRight) throw wrongPassword();
        const passwordHash = await passwords.hash(input.newPassword);
        return db.transaction(tx => this.store(tx, caller, account, passwordHash, counters, client));
      }),
    );
    await revocations.publish(revoked);
  }

  private async store(
    tx: Transaction,
    caller: Caller,
    account: AccountRow,
    passwordHash: string,
    counters: readonly AttemptCounter[],
    client: Client,
  ): Promise<SessionsRevoked> {
    const { db, throttle, tokens, factors, revocations } = this.deps;
    const { id: accountId, passwordHash: oldHash } = account;
    const changed = await tx.manager
      .createQueryBuilder()
      .update(AccountRow)
      .set({ passwordHash, version: () => 'version + 1' })
      // The account may have been suspended, or its password changed, since it was read.
      .where('id = :accountId AND is_active = :isActive AND password_hash = :oldHash', {
        accountId,
        isActive: true,
        oldHash,
      })
      .execute();
    if (affectedRows(changed) === 0) throw wrongPassword();
    await tokens.revoke(tx, accountId, 'reset-password', 'invitation');
    if (await factors.isEnabled(tx.manager, accountId)) {
      requireRecent(caller, db.clock.now());
      // The password is one of two factors, so it does not reset the count of wrong codes.
      await throttle.refund(tx, counters);
    } else {
      await throttle.reset(tx, account, client.address, counters);
    }
    const type = SecurityEventType.PASSWORD_CHANGED;
    await recordSecurityEvent(tx, db.clock.now(), { accountId, type, client });
    const data: PasswordChanged = { ...accountNotification(account, client), how: 'changed' };
    await tx.emit({ type: passwordChanged, data });
    return revocations.endAll(tx, accountId, caller.sessionId);
  }
}

function wrongPassword(): AppError {
  return unauthenticated('Wrong password', authErrors.INVALID_CREDENTIALS);
}
