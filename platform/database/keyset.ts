import { invalid } from '../errors';
import { columnName } from './data-source';
import type { Database } from './database';
import type { StatementValue } from './sqlite-statements';

export interface PageInfo {
  readonly hasNextPage: boolean;
  /** Null on an empty page. */
  readonly endCursor: string | null;
}

export interface Page<T> {
  readonly edges: { readonly node: T; readonly cursor: string }[];
  /** The nodes of `edges`. */
  nodes: T[];
  pageInfo: PageInfo;
}

export interface PageRequest {
  /** 1 to 100; 20 by default. */
  first?: number | null | undefined;
  /** The `endCursor` or `cursor` of an earlier page with the same order. */
  after?: string | null | undefined;
}

const defaultPage = 20;
const largestPage = 100;

/** One key of an order. Name the primary key last: an order without ties has no page twice. None may be nullable. */
export interface OrderKey {
  /** The row class' property. */
  property: string;
  /** The column of a joined table that has the same value, whose index has the order; that of the property by default. */
  column?: string;
  type: 'text' | 'number';
  direction: 'ASC' | 'DESC';
}

/** The size asked for. @throws AppError 422 outside of 1 to 100 */
export function pageSize(first: number | null | undefined): number {
  const size = first ?? defaultPage;
  if (!Number.isInteger(size) || size < 1 || size > largestPage) {
    throw invalid([{ field: 'first', message: `must be from 1 to ${largestPage}` }]);
  }
  return size;
}

/** A condition in SQL over the table's columns, with its values. */
export interface Condition {
  /** Such as `created_at >= ?`; never made of input. */
  readonly sql: string;
  readonly values: readonly StatementValue[];
}

/**
 * A list in pages by keyset: rows after the cursor's values in the order's own index, so page 1,000 costs what page 1 costs.
 * One row more than asked for is read, to know whether there is a next page. Statements are prepared once.
 *
 * All keys have one direction, so that the comparison is one of row values, which both databases answer from an index.
 */
export class KeysetList<Row extends object, Property extends keyof Row & string = keyof Row & string> {
  private readonly properties: readonly Property[] | undefined;
  private readonly comparison: string;
  private readonly end: string;
  private readonly cursors: ReturnType<typeof cursorsOf>;

  /**
   * @param shown the properties that are read, with the keys of the order; all by default
   * @param join such as `JOIN members ON members.group_id = groups.id`; never made of input
   */
  constructor(
    private readonly row: new () => Row,
    order: readonly OrderKey[],
    shown?: readonly Property[],
    private readonly join = '',
  ) {
    const direction = directionOf(order);
    const columns = order.map(key => key.column ?? columnName(key.property));
    const parameters = columns.map(() => '?').join(', ');
    this.properties = shown && [...shown, ...order.map(key => key.property as Property)];
    this.comparison = `(${columns.join(', ')}) ${direction === 'ASC' ? '>' : '<'} (${parameters})`;
    this.end = `ORDER BY ${columns.map(column => `${column} ${direction}`).join(', ')} LIMIT ?`;
    this.cursors = cursorsOf(order);
  }

  /**
   * @param within conditions that all hold
   * @throws AppError 422 for a size or cursor that is not valid
   */
  async page(
    db: Database,
    within: readonly Condition[],
    request: PageRequest,
  ): Promise<Page<Pick<Row, Property>>> {
    const size = pageSize(request.first);
    const conditions = within.map(each => each.sql);
    const values = within.flatMap(each => each.values);
    if (request.after != null) {
      values.push(...this.cursors.read(request.after));
      conditions.push(this.comparison);
    }
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')} `;
    values.push(size + 1);
    const rows = await db.rows(this.row, `${this.join} ${where}${this.end}`, values, this.properties);
    return pageOf(rows.slice(0, size), rows.length > size, this.cursors.write);
  }
}

/** @throws Error when the keys have several directions */
function directionOf(order: readonly OrderKey[]): 'ASC' | 'DESC' {
  const direction = order[0]!.direction;
  if (order.some(key => key.direction !== direction))
    throw new Error('the keys of a keyset have one direction');
  return direction;
}

/** Writes and reads the cursors of a list. The tag names the order a cursor belongs to. */
export function cursorsOf(order: readonly OrderKey[]): {
  write: (row: object) => string;
  read: (text: string) => CursorValue[];
} {
  const tag = order.map(key => `${key.property} ${key.direction}`).join();
  return {
    write: row =>
      writeCursor(
        order.map(key => (row as Record<string, CursorValue>)[key.property]!),
        tag,
      ),
    read: text => readCursor(text, tag, order),
  };
}

/** Cursors are written when they are read: most lists want no more than the last one. */
export function pageOf<T>(nodes: T[], hasNextPage: boolean, cursorOf: (node: T) => string): Page<T> {
  return {
    get edges() {
      return nodes.map(node => ({
        node,
        get cursor() {
          return cursorOf(node);
        },
      }));
    },
    nodes,
    pageInfo: {
      hasNextPage,
      get endCursor() {
        return nodes.length === 0 ? null : cursorOf(nodes.at(-1)!);
      },
    },
  };
}

/** The page with each node mapped. */
export function mapPage<Row, T>(page: Page<Row>, view: (row: Row) => T): Page<T> {
  const nodes = page.nodes.map(view);
  return {
    get edges() {
      return page.edges.map((edge, index) => ({
        node: nodes[index]!,
        get cursor() {
          return edge.cursor;
        },
      }));
    },
    nodes,
    pageInfo: page.pageInfo,
  };
}

export type CursorValue = string | number;

/** The tag names the list and its order: a cursor of another one is refused. */
export function writeCursor(values: CursorValue[], tag: string): string {
  return Buffer.from(JSON.stringify([tag, ...values])).toString('base64url');
}

/** @throws AppError 422 for what is not a cursor of this list */
export function readCursor(text: string, tag: string, order: readonly OrderKey[]): CursorValue[] {
  let parts: unknown;
  try {
    parts = text.length > 2_000 ? undefined : JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    parts = undefined;
  }
  const [itsTag, ...values] = Array.isArray(parts) ? (parts as unknown[]) : [];
  const isOurs =
    itsTag === tag &&
    values.length === order.length &&
    order.every(({ type }, index) => {
      const value = values[index];
      // PostgreSQL has no text with a NUL in it, and no cursor of ours has one.
      return type === 'number'
        ? Number.isSafeInteger(value)
        : typeof value === 'string' && !value.includes('\0');
    });
  if (!isOurs) throw invalid([{ field: 'after', message: 'is not a cursor of this list in this order' }]);
  return values as CursorValue[];
}
