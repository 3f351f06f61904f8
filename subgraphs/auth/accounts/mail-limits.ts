import { createHmac } from 'node:crypto';
import type { Database } from '../../../platform/database/database';
import type { Transaction } from '../../../platform/database/transaction';
import { networkOf } from '../../../platform/security/client-network';
import { MailLimitRow } from '../tables';

interface Rule {
  readonly gapMs: number;
  readonly mostAnHour: number;
}

/** Anonymous clients may ask for a reset, so those mails have a minimum interval as well. */
const recipientRules = {
  reset: { gapMs: 60_000, mostAnHour: 5 },
  verification: { gapMs: 0, mostAnHour: 5 },
} as const;
/** Many people may share a network, so its limit is high; it stops one client that writes to many recipients. */
const networkRule: Rule = { gapMs: 0, mostAnHour: 100 };
const hourMs = 60 * 60_000;

/** Limits the mails to one recipient and from one network. Refused requests do not count. */
export class MailLimits {
  constructor(
    private readonly db: Database,
    private readonly key: Buffer,
  ) {}

  /** @returns the milliseconds to wait before the next mail to this recipient; 0 when it may be sent, which counts it */
  takeForRecipient(tx: Transaction, kind: keyof typeof recipientRules, recipient: string): Promise<number> {
    return this.take(tx, `${kind}:${recipient}`, recipientRules[kind]);
  }

  /** The same for mails that are requested from this address. */
  takeFromAddress(tx: Transaction, address: string): Promise<number> {
    return this.take(tx, `network:${networkOf(address)}`, networkRule);
  }

  private async take(tx: Transaction, subject: string, { gapMs, mostAnHour }: Rule): Promise<number> {
    const now = this.db.clock.now();
    const key = createHmac('sha256', this.key).update(subject).digest('base64url');
    const { sentAt } = await this.lock(tx, key, now);
    const recent = sentAt.filter(each => each > now - hourMs);
    const last = recent.at(-1);
    const leaves = recent.at(-mostAnHour);
    const waitMs = Math.max(
      last === undefined ? 0 : last + gapMs - now,
      leaves === undefined ? 0 : leaves + hourMs - now,
    );
    if (waitMs > 0) return waitMs;
    await tx.manager.update(MailLimitRow, { key }, { sentAt: [...recent, now], updatedAt: now });
    return 0;
  }

  /** Locks the row and inserts it when it is missing. */
  private async lock(tx: Transaction, key: string, now: number): Promise<MailLimitRow> {
    for (;;) {
      await tx.manager
        .createQueryBuilder()
        .insert()
        .into(MailLimitRow)
        .values({ key, sentAt: [], updatedAt: now })
        .orIgnore()
        .execute();
      const query = tx.manager.createQueryBuilder(MailLimitRow, 'row').where('row.key = :key', { key });
      if (this.db.kind === 'postgres') query.setLock('pessimistic_write');
      const row = await query.getOne();
      // Housekeeping may have deleted an old row between the two statements.
      if (row !== null) return row;
    }
  }
}
