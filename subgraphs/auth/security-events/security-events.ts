import { In } from 'typeorm';
import type { Database } from '../../../platform/database/database';
import {
  type Condition,
  cursorsOf,
  KeysetList,
  type OrderKey,
  type Page,
  type PageRequest,
  pageOf,
  pageSize,
} from '../../../platform/database/keyset';
import { earliestIdAt, isUuid } from '../../../platform/ids';
import { type Caller, holds, isSelf } from '../../../platform/security/caller';
import { SecurityEventRow } from '../tables';
import type { SecurityEventType } from './security-event';

export interface SecurityEventFilter {
  userId?: string | null | undefined;
  type?: SecurityEventType | null | undefined;
  from?: Date | null | undefined;
  to?: Date | null | undefined;
}

const newestFirst: readonly OrderKey[] = [{ property: 'id', type: 'text', direction: 'DESC' }];
const events = new KeysetList(SecurityEventRow, newestFirst);
const nothing: Condition = { sql: '1 = 0', values: [] };

/** Reads security events, an append-only log. */
export class SecurityEvents {
  constructor(private readonly db: Database) {}

  /** The events of all accounts, the newest first. @throws AppError 403 without `security-events:read`; 422 */
  async search(
    caller: Caller,
    filter: SecurityEventFilter,
    page: PageRequest,
  ): Promise<Page<SecurityEventRow>> {
    caller.require('security-events:read');
    const within: Condition[] = [];
    const { userId, type, from, to } = filter;
    if (userId != null) within.push(isUuid(userId) ? { sql: 'account_id = ?', values: [userId] } : nothing);
    if (type != null) within.push({ sql: 'type = ?', values: [type] });
    if (from != null) within.push({ sql: 'id >= ?', values: [earliestIdAt(from.getTime())] });
    if (to != null) within.push({ sql: 'id < ?', values: [earliestIdAt(to.getTime())] });
    return events.page(this.db, within, page);
  }

  /**
   * The same page for each of these accounts, in two queries for all of them; for a loader. Pages of accounts that the
   * caller may not read are empty. Without `security-events:read` the caller does not see the address of other actors.
   *
   * @throws AppError 422
   */
  async pagesOf(
    caller: Caller,
    accountIds: readonly string[],
    request: PageRequest,
  ): Promise<Page<SecurityEventRow>[]> {
    const isAuditor = holds(caller, 'security-events:read');
    const size = pageSize(request.first);
    const cursors = cursorsOf(newestFirst);
    const [after] = request.after == null ? [] : cursors.read(request.after);
    const readable = accountIds.filter(id => isAuditor || isSelf(caller, id));
    const rows = await this.newestOf(readable, size + 1, after);
    return accountIds.map(accountId => {
      const own = rows.filter(row => row.accountId === accountId);
      const shown = isAuditor ? own : own.map(withoutActorAddress);
      return pageOf(shown.slice(0, size), own.length > size, cursors.write);
    });
  }

  private async newestOf(
    accountIds: readonly string[],
    limit: number,
    after: string | number | undefined,
  ): Promise<SecurityEventRow[]> {
    if (accountIds.length === 0) return [];
    const parameters: unknown[] = [];
    const bound = (value: unknown) => {
      parameters.push(value);
      return this.db.kind === 'sqlite' ? '?' : `$${parameters.length}`;
    };
    // One short index scan for each account; a single condition over all accounts would read all their rows.
    const newest = accountIds.map(accountId => {
      const own = `account_id = ${bound(accountId)}`;
      const where = after === undefined ? own : `${own} AND id < ${bound(after)}`;
      return `SELECT id FROM (SELECT id FROM security_events WHERE ${where} ORDER BY id DESC LIMIT ${limit}) AS newest`;
    });
    const found = (await this.db.read.query(newest.join(' UNION ALL '), parameters)) as { id: string }[];
    return this.db.read.find(SecurityEventRow, {
      where: { id: In(found.map(({ id }) => id)) },
      order: { id: 'DESC' },
    });
  }
}

/** The owner of an account learns that somebody else acted, not from which address. */
function withoutActorAddress(row: SecurityEventRow): SecurityEventRow {
  return row.actorId === null ? row : { ...row, address: '', userAgent: '' };
}
