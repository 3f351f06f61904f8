import { In } from 'typeorm';
import type { Database } from '../../../platform/database/database';
import { type Condition, KeysetList, type Page, type PageRequest } from '../../../platform/database/keyset';
import { isUuid } from '../../../platform/ids';
import { type Caller, holds, isSelf } from '../../../platform/security/caller';
import type { Channel, Message, MessageSeal, NotificationStatus } from '../message';
import { AttemptRow, NotificationRow } from '../tables';

export interface HistoryFilter {
  channel?: Channel | null | undefined;
  status?: NotificationStatus | null | undefined;
  recipient?: string | null | undefined;
  from?: Date | null | undefined;
  to?: Date | null | undefined;
}

const history = new KeysetList(NotificationRow, [{ property: 'id', type: 'text', direction: 'DESC' }]);

/** Shows notifications and what became of them. */
export class NotificationHistory {
  constructor(
    private readonly db: Database,
    private readonly seal: MessageSeal,
  ) {}

  /** One notification; null for those that the caller may not see. @throws AppError 401 */
  async find(caller: Caller, id: string): Promise<NotificationRow | null> {
    if (caller.kind === 'anonymous') caller.requireUser();
    if (!isUuid(id)) return null;
    const row = await this.db.read.findOneBy(NotificationRow, { id });
    return row !== null && this.isVisible(caller, row) ? row : null;
  }

  /**
   * The newest first: all with notifications:read, without it those that were sent to the caller by user id.
   *
   * @throws AppError 401; 403 for an API key without notifications:read; 422 for a page that is not valid
   */
  async list(caller: Caller, filter: HistoryFilter, request: PageRequest): Promise<Page<NotificationRow>> {
    const within = conditionsOf(filter);
    if (!holds(caller, 'notifications:read'))
      within.push({ sql: 'user_id = ?', values: [caller.requireUser()] });
    return history.page(this.db, within, request);
  }

  /** What one request caused, as far as the caller may see it, the newest first. @throws AppError 401; 422 for a page that is not valid */
  async ofTrace(caller: Caller, traceId: string, request: PageRequest): Promise<Page<NotificationRow>> {
    if (caller.kind === 'anonymous') caller.requireUser();
    const within: Condition[] = [{ sql: 'trace_id = ?', values: [traceId.replaceAll('\0', '')] }];
    if (!holds(caller, 'notifications:read')) {
      const userId = caller.kind === 'user' ? caller.id : '';
      within.push({ sql: '(user_id = ? OR caller_id = ?)', values: [userId, callerId(caller)] });
    }
    return history.page(this.db, within, request);
  }

  /** Of each notification, in order. */
  async attemptsOf(ids: readonly string[]): Promise<Map<string, AttemptRow[]>> {
    const found = new Map<string, AttemptRow[]>(ids.map(id => [id, []]));
    const rows = await this.db.read.find(AttemptRow, {
      where: { notificationId: In([...ids]) },
      order: { id: 'ASC' },
    });
    for (const row of rows) found.get(row.notificationId)?.push(row);
    return found;
  }

  /** What was or will be delivered; null for a message with a token, and after its removal. */
  messageOf(row: NotificationRow): Message | null {
    return row.isSecret || row.message === null ? null : this.seal.open(row.id, row.message);
  }

  private isVisible(caller: Caller, row: NotificationRow): boolean {
    if (row.userId !== null && isSelf(caller, row.userId)) return true;
    return row.callerId === callerId(caller) || holds(caller, 'notifications:read');
  }
}

export function conditionsOf({ channel, status, recipient, from, to }: HistoryFilter): Condition[] {
  const within: Condition[] = [];
  if (channel != null) within.push({ sql: 'channel = ?', values: [channel] });
  if (status != null) within.push({ sql: 'status = ?', values: [status] });
  if (recipient != null) within.push({ sql: 'recipient = ?', values: [recipient.replaceAll('\0', '')] });
  if (from != null) within.push({ sql: 'created_at >= ?', values: [from.getTime()] });
  if (to != null) within.push({ sql: 'created_at < ?', values: [to.getTime()] });
  return within;
}

export function callerId({ kind, id }: Caller): string {
  return `${kind}:${id}`;
}
