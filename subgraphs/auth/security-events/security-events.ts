import { In } from 'typeorm';
import type { Database } from '../../../platform/database/database';
import {
  cursorsOf,
  keysetPage,
  type OrderKey,
  type Page,
  type PageRequest,
  pageOf,
  pageSize,
} from '../../../platform/database/page';
import { earliestIdAt, isUuid } from '../../../platform/ids';
import type { Caller } from '../../../platform/security/caller';
import { SecurityEventRow } from '../tables';
import type { SecurityEventType } from './security-event';

export interface SecurityEventFilter {
  userId?: string | null | undefined;
  type?: SecurityEventType | null | undefined;
  from?: Date | null | undefined;
  to?: Date | null | undefined;
}

const newestFirst: readonly OrderKey[] = [{ property: 'id', type: 'text', direction: 'DESC' }];

/** Reads the trail. Nothing here, or anywhere, changes it. */
export class SecurityEvents {
  constructor(private readonly db: Database) {}

  /** Of all accounts, the newest first. @throws AppError 403 without `security-events:read` */
  async search(
    caller: Caller,
    filter: SecurityEventFilter,
    page: PageRequest,
  ): Promise<Page<SecurityEventRow>> {
    caller.require('security-events:read');
    const query = this.db.read.createQueryBuilder(SecurityEventRow, 'event');
    const { userId, type, from, to } = filter;
    if (userId != null) query.andWhere(isUuid(userId) ? 'event.accountId = :userId' : '1 = 0', { userId });
    if (type != null) query.andWhere('event.type = :type', { type });
    if (from != null) query.andWhere('event.id >= :from', { from: earliestIdAt(from.getTime()) });
    if (to != null) query.andWhere('event.id < :to', { to: earliestIdAt(to.getTime()) });
    return keysetPage(query, newestFirst, page);
  }

  /** The same page for each of these accounts, in two queries for all of them. @throws AppError 422 */
  async pagesOf(accountIds: readonly string[], request: PageRequest): Promise<Page<SecurityEventRow>[]> {
    const size = pageSize(request.first);
    const cursors = cursorsOf(newestFirst);
    const [after] = request.after == null ? [] : cursors.read(request.after);
    const parameters: unknown[] = [];
    const bound = (value: unknown) => {
      parameters.push(value);
      return this.db.kind === 'sqlite' ? '?' : `$${parameters.length}`;
    };
    // One short walk of the index an account, where a condition over all of them would read all they have.
    const newest = accountIds.map(accountId => {
      const own = `account_id = ${bound(accountId)}`;
      const where = after === undefined ? own : `${own} AND id < ${bound(after)}`;
      return `SELECT id FROM (SELECT id FROM security_events WHERE ${where} ORDER BY id DESC LIMIT ${size + 1}) AS newest`;
    });
    const found = (await this.db.read.query(newest.join(' UNION ALL '), parameters)) as { id: string }[];
    const rows = await this.db.read.find(SecurityEventRow, {
      where: { id: In(found.map(({ id }) => id)) },
      order: { id: 'DESC' },
    });
    const ofAccount = new Map(accountIds.map(id => [id, [] as SecurityEventRow[]]));
    for (const row of rows) ofAccount.get(row.accountId)!.push(row);
    return [...ofAccount.values()].map(own => pageOf(own.slice(0, size), own.length > size, cursors.write));
  }
}
