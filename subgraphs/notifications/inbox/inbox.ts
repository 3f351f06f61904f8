import type { Database } from '../../../platform/database/database';
import { type Condition, KeysetList, type Page, type PageRequest } from '../../../platform/database/keyset';
import type { StatementValue } from '../../../platform/database/sqlite-statements';
import { notFound } from '../../../platform/errors';
import { isUuid } from '../../../platform/ids';
import type { Caller } from '../../../platform/security/caller';
import { NotificationRow } from '../tables';

const newest = new KeysetList(NotificationRow, [
  { property: 'sentAt', type: 'number', direction: 'DESC' },
  { property: 'id', type: 'text', direction: 'DESC' },
]);
const received = "user_id = ? AND channel = 'in_app' AND status = 'sent'";
const mostCounted = 1_000;

/** The notifications that a user reads in the app. */
export class Inbox {
  constructor(private readonly db: Database) {}

  /** The caller's own, the newest first, without the archived ones. @throws AppError 401; 403 for API keys; 422 for a page that is not valid */
  async list(caller: Caller, onlyUnread: boolean, request: PageRequest): Promise<Page<NotificationRow>> {
    const within: Condition[] = [
      { sql: `${received} AND archived_at IS NULL`, values: [caller.requireUser()] },
    ];
    if (onlyUnread) within.push({ sql: 'read_at IS NULL', values: [] });
    return newest.page(this.db, within, request);
  }

  /** One that the caller received; without an id the newest. Null when there is none. @throws AppError 401; 403 for API keys */
  async find(caller: Caller, id: string | undefined): Promise<NotificationRow | null> {
    if (id === undefined) return (await this.list(caller, false, { first: 1 })).nodes[0] ?? null;
    const [row] = await this.db.rows(NotificationRow, `WHERE ${received} AND id = ?`, [
      caller.requireUser(),
      id,
    ]);
    return row ?? null;
  }

  /** At most 1,000. @throws AppError 401; 403 for API keys */
  async unreadCount(caller: Caller): Promise<number> {
    const rows = await this.db.rows(
      NotificationRow,
      `WHERE ${received} AND archived_at IS NULL AND read_at IS NULL LIMIT ?`,
      [caller.requireUser(), mostCounted],
      idOnly,
    );
    return rows.length;
  }

  /** A repeated call keeps the first moment. @throws AppError 401; 403 for API keys; 404 */
  async setRead(caller: Caller, id: string, isRead: boolean): Promise<NotificationRow> {
    const userId = caller.requireUser();
    return isRead
      ? this.change(userId, id, 'read_at = COALESCE(read_at, ?)', [this.db.clock.now()])
      : this.change(userId, id, 'read_at = NULL', []);
  }

  /** @returns how many were unread. @throws AppError 401; 403 for API keys */
  async markAllRead(caller: Caller): Promise<number> {
    const changed = await this.db.write(
      `UPDATE notifications SET read_at = ? WHERE ${received} AND archived_at IS NULL AND read_at IS NULL RETURNING id`,
      [this.db.clock.now(), caller.requireUser()],
    );
    return changed.length;
  }

  /** Removes it from the inbox; it stays in the history. @throws AppError 401; 403 for API keys; 404 */
  async archive(caller: Caller, id: string): Promise<NotificationRow> {
    const userId = caller.requireUser();
    return this.change(userId, id, 'archived_at = COALESCE(archived_at, ?)', [this.db.clock.now()]);
  }

  private async change(
    userId: string,
    id: string,
    set: string,
    values: StatementValue[],
  ): Promise<NotificationRow> {
    const changed = isUuid(id)
      ? await this.db.write(`UPDATE notifications SET ${set} WHERE ${received} AND id = ? RETURNING id`, [
          ...values,
          userId,
          id,
        ])
      : [];
    if (changed.length === 0) throw notFound('Notification');
    return this.db.read.findOneByOrFail(NotificationRow, { id });
  }
}

const idOnly = ['id'] as const;
