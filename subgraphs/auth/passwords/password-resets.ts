import { setTimeout as sleep } from 'node:timers/promises';
import { affectedRows, type Database } from '../../../platform/database/database';
import type { Client } from '../../../platform/http/client-address';
import { type AccountTokens, accountTokenInvalid } from '../accounts/account-tokens';
import { keyOf, validEmail, validNewPassword } from '../accounts/credentials';
import type { MailLimits } from '../accounts/mail-limits';
import { noticeOf } from '../accounts/owner-notifications';
import { type PasswordChanged, passwordChanged } from '../events';
import type { TotpFactors } from '../second-factor/totp-factors';
import { recordSecurityEvent, SecurityEventType } from '../security-events/security-event';
import type { Sessions } from '../sessions/sessions';
import type { LoginThrottle } from '../sign-in/login-throttle';
import { AccountRow } from '../tables';
import type { Passwords } from './passwords';

/**
 * Longer than the work takes on a healthy database. It is waited for whatever there was to do, so that the time of an
 * answer does not say whether an address has an account.
 */
const answerMs = 250;

/** What a mailed link may set a password for, and what is told of it. */
const occasions = {
  'reset-password': { type: SecurityEventType.PASSWORD_RESET, how: 'reset' },
  invitation: { type: SecurityEventType.INVITATION_ACCEPTED, how: 'invited' },
} as const;

/** A new password for somebody who forgot the old one and reads the account's mail. */
export class PasswordResets {
  constructor(
    private readonly db: Database,
    private readonly sessions: Sessions,
    private readonly passwords: Passwords,
    private readonly throttle: LoginThrottle,
    private readonly tokens: AccountTokens,
    private readonly limits: MailLimits,
    private readonly factors: TotpFactors,
  ) {}

  /**
   * Mails a link, if there is an active account with this email and no limit is reached. It answers alike, and after the
   * same time, when there is not: what it did is committed by then, so that a crash loses nothing that was answered.
   *
   * @throws AppError 422 for what is no email address
   */
  async request(email: string, client: Client): Promise<void> {
    validEmail(email);
    await Promise.all([this.mailLink(keyOf(email), client), sleep(answerMs)]);
  }

  /**
   * Sets a new password, or the first one of an account that somebody made for its owner; ends every session of the account,
   * and verifies its email, which the link came by. Failed sign-ins are forgiven, unless a second factor is on, which stays on:
   * the owner need not wait for what strangers guessed.
   *
   * @throws AppError 422 ACCOUNT_TOKEN_INVALID, also for a suspended account; 422 with every reason against the password;
   * 503 when the end of the sessions could not be announced yet
   */
  async reset(
    token: string,
    newPassword: string,
    client: Client,
    occasion: keyof typeof occasions = 'reset-password',
  ): Promise<void> {
    // Asked first: hashing is dear, and only the holder of a link may cause it.
    const { accountId } = await this.tokens.find(this.db.read, occasion, token);
    const account = await this.db.read.findOneBy(AccountRow, { id: accountId });
    if (account === null || !account.isActive) throw accountTokenInvalid();
    validNewPassword(newPassword, account);
    const passwordHash = await this.passwords.inTurn(() => this.passwords.hash(newPassword));
    const ended = await this.db.transaction(async tx => {
      const { emailKey } = await this.tokens.spend(tx, occasion, token);
      const now = this.db.clock.now();
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
      await this.tokens.revoke(tx, accountId, 'verify-email', 'reset-password', 'invitation');
      // Who reads the mail must not guess codes anew with each link.
      const isHalf = await this.factors.isOn(tx.manager, accountId);
      if (!isHalf) await this.throttle.forgive(tx, accountId, client.address);
      const { type, how } = occasions[occasion];
      await recordSecurityEvent(tx, now, { accountId, type, client });
      const data: PasswordChanged = { ...noticeOf(account, client), how };
      await tx.emit({ type: passwordChanged, data });
      return this.sessions.endAll(tx, accountId);
    });
    await this.sessions.announce(ended);
  }

  /** The limits are asked and counted for addresses of nobody too. */
  private mailLink(emailKey: string, client: Client): Promise<void> {
    return this.db.transaction(async tx => {
      if ((await this.limits.takeFromAddress(tx, client.address)) > 0) return;
      if ((await this.limits.takeForRecipient(tx, 'reset', emailKey)) > 0) return;
      const account = await tx.manager.findOneBy(AccountRow, { emailKey });
      if (account === null || !account.isActive) return;
      await this.tokens.issue(tx, 'reset-password', account);
      await recordSecurityEvent(tx, this.db.clock.now(), {
        accountId: account.id,
        type: SecurityEventType.PASSWORD_RESET_REQUESTED,
        client,
      });
    });
  }
}
