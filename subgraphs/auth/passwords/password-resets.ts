import { setTimeout as sleep } from 'node:timers/promises';
import { affectedRows, type Database } from '../../../platform/database/database';
import type { Transaction } from '../../../platform/database/transaction';
import type { Client } from '../../../platform/http/client-address';
import type { SessionsRevoked } from '../../../platform/security/access-events';
import { accountNotification } from '../accounts/account-notifications';
import { type AccountTokens, accountTokenInvalid } from '../accounts/account-tokens';
import { keyOf, validEmail, validNewPassword } from '../accounts/credentials';
import type { MailLimits } from '../accounts/mail-limits';
import { type PasswordChanged, passwordChanged } from '../events';
import type { TotpFactors } from '../second-factor/totp-factors';
import { recordSecurityEvent, SecurityEventType } from '../security-events/security-event';
import type { SessionRevocations } from '../sessions/session-revocations';
import type { LoginThrottle } from '../sign-in/login-throttle';
import { AccountRow } from '../tables';
import type { ApiKeys } from '../tokens/api-keys';
import type { Passwords } from './passwords';

/** Longer than the work takes on a healthy database, so that the response time does not reveal whether an account exists. */
const responseMs = 250;

/** The kinds of links that set a password, each with its security event and the text of its notification. */
const kinds = {
  'reset-password': { type: SecurityEventType.PASSWORD_RESET, how: 'reset' },
  invitation: { type: SecurityEventType.INVITATION_ACCEPTED, how: 'invited' },
} as const;

interface Dependencies {
  db: Database;
  passwords: Passwords;
  throttle: LoginThrottle;
  tokens: AccountTokens;
  mailLimits: MailLimits;
  factors: TotpFactors;
  revocations: SessionRevocations;
  apiKeys: Pick<ApiKeys, 'revokeAll'>;
}

/** Sets passwords with a mailed link, for owners who forgot theirs or accept an invitation. */
export class PasswordResets {
  constructor(private readonly deps: Dependencies) {}

  /**
   * Mails a link if an active account has this email and no limit is reached. The answer and its time are the same in every
   * case, and the work is committed by then.
   *
   * @throws AppError 422 for an invalid email address
   */
  async request(email: string, client: Client): Promise<void> {
    validEmail(email);
    await Promise.all([this.mailLink(keyOf(email), client), sleep(responseMs)]);
  }

  /**
   * Sets a new password, or the first one with an invitation. It ends every session of the account and verifies its email.
   * It resets the count of failed sign-ins, unless the account has a second factor, which stays enabled. When nobody has
   * verified the email before, the second factor and the API keys are those of somebody who registered an address that may
   * not be theirs: the link proves the owner, so they are removed.
   *
   * @throws AppError 422 ACCOUNT_TOKEN_INVALID, also for a suspended account; 422 with every reason against the password;
   * 503 as `SessionRevocations.prepare`
   */
  async reset(
    token: string,
    newPassword: string,
    client: Client,
    kind: keyof typeof kinds = 'reset-password',
  ): Promise<void> {
    const { db, passwords, tokens, revocations } = this.deps;
    // Hashing is expensive, so only the holder of a valid link may cause it.
    const { accountId } = await tokens.find(db.read, kind, token);
    const account = await db.read.findOneBy(AccountRow, { id: accountId });
    if (account === null || !account.isActive) throw accountTokenInvalid();
    validNewPassword(newPassword, account);
    await revocations.prepare();
    const passwordHash = await passwords.inTurn(() => passwords.hash(newPassword));
    const revoked = await db.transaction(async tx => {
      const { emailKey } = await tokens.spend(tx, kind, token);
      return this.store(tx, { ...account, emailKey, passwordHash }, kind, client);
    });
    await revocations.publish(revoked);
  }

  private async store(
    tx: Transaction,
    account: AccountRow,
    kind: keyof typeof kinds,
    client: Client,
  ): Promise<SessionsRevoked> {
    const { db, throttle, tokens, factors, revocations } = this.deps;
    const { id: accountId, emailKey, passwordHash } = account;
    const now = db.clock.now();
    const changed = await tx.manager
      .createQueryBuilder()
      .update(AccountRow)
      .set({ passwordHash, emailVerifiedAt: now, version: () => 'version + 1' })
      .where('id = :accountId AND is_active = :isActive AND email_key = :emailKey', {
        accountId,
        isActive: true,
        emailKey,
      })
      .execute();
    if (affectedRows(changed) === 0) throw accountTokenInvalid();
    await tokens.revoke(tx, accountId, 'verify-email', 'reset-password', 'invitation');
    if (account.emailVerifiedAt === null) await this.removeForeignCredentials(tx, account, client);
    // An attacker who reads the mail must not get new attempts at the code with each link.
    const hasSecondFactor = await factors.isEnabled(tx.manager, accountId);
    if (!hasSecondFactor) await throttle.resetAccount(tx, account, client.address);
    const { type, how } = kinds[kind];
    await recordSecurityEvent(tx, now, { accountId, type, client });
    const data: PasswordChanged = { ...accountNotification(account, client), how };
    await tx.emit({ type: passwordChanged, data });
    return revocations.endAll(tx, accountId);
  }

  private async removeForeignCredentials(
    tx: Transaction,
    account: AccountRow,
    client: Client,
  ): Promise<void> {
    const { factors, apiKeys } = this.deps;
    await apiKeys.revokeAll(tx, account.id, {}, client);
    if (await factors.isEnabled(tx.manager, account.id)) {
      await factors.remove(tx, account.id);
      await factors.recordChange(tx, account, SecurityEventType.TOTP_DISABLED, client);
    }
  }

  /** The limits are checked and counted for unknown addresses as well. */
  private mailLink(emailKey: string, client: Client): Promise<void> {
    const { db, mailLimits, tokens } = this.deps;
    return db.transaction(async tx => {
      if ((await mailLimits.takeFromAddress(tx, client.address)) > 0) return;
      if ((await mailLimits.takeForRecipient(tx, 'reset', emailKey)) > 0) return;
      const account = await tx.manager.findOneBy(AccountRow, { emailKey });
      if (account === null || !account.isActive) return;
      await tokens.issue(tx, 'reset-password', account);
      const type = SecurityEventType.PASSWORD_RESET_REQUESTED;
      await recordSecurityEvent(tx, db.clock.now(), { accountId: account.id, type, client });
    });
  }
}
