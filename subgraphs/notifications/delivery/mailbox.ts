import { LessThan } from 'typeorm';
import type { Database } from '../../../platform/database/database';
import { KeysetList, type Page, type PageRequest } from '../../../platform/database/keyset';
import { isUuid } from '../../../platform/ids';
import type { Channel, Message, MessageSeal } from '../message';
import { MailboxMessageRow, NotificationRow } from '../tables';
import type { Delivery, Provider } from './provider';

const newest = new KeysetList(MailboxMessageRow, [{ property: 'id', type: 'text', direction: 'DESC' }]);
const keptMs = 7 * 24 * 60 * 60_000;

/** What is kept of a delivery. */
export interface CaughtMessage extends Message {
  unsubscribeUrl: string | null;
}

/** The dev mailbox: it catches the messages of a channel that has no provider, so that a developer can read them. */
export class Mailbox {
  constructor(
    private readonly db: Database,
    private readonly seal: MessageSeal,
  ) {}

  provider(channel: Channel): Provider {
    return {
      name: 'mailbox',
      channel,
      send: delivery => this.catch(delivery),
      close: async () => {},
    };
  }

  /** The newest first. @param search part of a recipient or subject */
  async list(search: string | null | undefined, request: PageRequest): Promise<Page<MailboxMessageRow>> {
    const text = (search ?? '').replaceAll('\0', '').trim().toLowerCase();
    const pattern = `%${text.replace(/[\\%_]/g, '\\$&')}%`;
    const found = "LOWER(recipient || ' ' || COALESCE(subject, '')) LIKE ? ESCAPE '\\'";
    return newest.page(this.db, text === '' ? [] : [{ sql: found, values: [pattern] }], request);
  }

  async find(id: string): Promise<MailboxMessageRow | null> {
    return isUuid(id) ? this.db.read.findOneBy(MailboxMessageRow, { id }) : null;
  }

  open(row: MailboxMessageRow): CaughtMessage {
    return { unsubscribeUrl: null, ...this.seal.open(row.id, row.message) };
  }

  async prune(): Promise<void> {
    const before = this.db.clock.now() - keptMs;
    await this.db.transaction(tx => tx.manager.delete(MailboxMessageRow, { caughtAt: LessThan(before) }));
  }

  private async catch(delivery: Delivery): Promise<void> {
    const { id, userId, channel, recipient, message, unsubscribeUrl } = delivery;
    const caught: CaughtMessage = { ...message, unsubscribeUrl };
    const row: MailboxMessageRow = {
      id,
      userId,
      channel,
      recipient,
      subject: message.subject,
      message: this.seal.seal(id, caught),
      caughtAt: this.db.clock.now(),
    };
    await this.db.transaction(async tx => {
      // An erasure at the same moment waits for this, or has removed the notification already.
      const lock = this.db.kind === 'postgres' ? { lock: { mode: 'pessimistic_read' as const } } : {};
      if ((await tx.manager.findOne(NotificationRow, { where: { id }, ...lock })) === null) return;
      await tx.manager.upsert(MailboxMessageRow, row, ['id']);
    });
  }
}
