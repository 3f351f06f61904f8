import { affectedRows, type Database } from '../../../platform/database/database';
import { AppError, tooMany, unauthenticated } from '../../../platform/errors';
import type { Client } from '../../../platform/http/client-address';
import type { Caller } from '../../../platform/security/caller';
import { authErrors } from '../errors';
import { recordSecurityEvent, SecurityEventType } from '../security-events/security-event';
import { AccountRow } from '../tables';
import { type AccountTokens, accountTokenInvalid } from './account-tokens';
import type { MailLimits } from './mail-limits';

/** Verifies that the owner of an account reads its email. A registration requests the first verification. */
export class EmailVerifications {
  constructor(
    private readonly db: Database,
    private readonly tokens: AccountTokens,
    private readonly limits: MailLimits,
  ) {}

  /** Mails the caller another link. @throws AppError 409 EMAIL_VERIFIED; 429 RATE_LIMITED */
  async request(caller: Caller): Promise<void> {
    const userId = caller.requireUser();
    await this.db.transaction(async tx => {
      const account = await tx.manager.findOneBy(AccountRow, { id: userId });
      if (account === null) throw unauthenticated('This account does not exist any more');
      if (account.emailVerifiedAt !== null)
        throw new AppError(authErrors.EMAIL_VERIFIED, 'This email is verified already');
      const waitMs = await this.limits.takeForRecipient(tx, 'verification', userId);
      if (waitMs > 0) throw tooMany('Too many mails were requested: wait before the next one', waitMs / 1000);
      await this.tokens.issue(tx, 'verify-email', account);
    });
  }

  /** @throws AppError 422 ACCOUNT_TOKEN_INVALID */
  async verify(token: string, client: Client): Promise<void> {
    await this.db.transaction(async tx => {
      const { accountId, emailKey } = await this.tokens.spend(tx, 'verify-email', token);
      const now = this.db.clock.now();
      const verified = await tx.manager
        .createQueryBuilder()
        .update(AccountRow)
        .set({ emailVerifiedAt: now, version: () => 'version + 1' })
        .where('id = :accountId AND email_key = :emailKey', { accountId, emailKey })
        .execute();
      if (affectedRows(verified) === 0) throw accountTokenInvalid();
      await recordSecurityEvent(tx, now, { accountId, type: SecurityEventType.EMAIL_VERIFIED, client });
    });
  }
}
