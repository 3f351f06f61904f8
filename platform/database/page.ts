import 'reflect-metadata';
import { Directive, Field, ObjectType } from 'type-graphql';
import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { invalid } from '../errors';
import { columnName, type Database } from './database';
import type { StatementValue } from './sqlite-statements';

/** Relay's page info (https://relay.dev/graphql/connections.htm), the same type in every subgraph. */
@ObjectType('PageInfo', {
  simpleResolvers: true,
  description: 'Where a page ends, as in the Relay connection specification.',
})
@Directive('@shareable')
export class PageInfo {
  @Field(() => Boolean, { description: 'Whether there are items after `endCursor`.' })
  hasNextPage: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'Pass as `after` for the next page; null on an empty page.',
  })
  endCursor: string | null;
}

export interface Page<T> {
  readonly edges: { readonly node: T; readonly cursor: string }[];
  /** The edges' nodes, for those who need no cursors. */
  nodes: T[];
  pageInfo: PageInfo;
}

/** The connection and edge classes of a node type; `connectionOf('User', () => User)` declares `UserConnection`. */
export function connectionOf<T extends object>(name: string, type: () => new () => T): new () => Page<T> {
  @ObjectType(`${name}Edge`, { simpleResolvers: true, description: `One ${name} and its place in the list.` })
  class Edge {
    @Field(type)
    node: T;

    @Field(() => String, { description: 'Opaque; pass as `after` to go on from here.' })
    cursor: string;
  }

  @ObjectType(`${name}Connection`, { simpleResolvers: true, description: `A page of a list of ${name}.` })
  class Connection implements Page<T> {
    @Field(() => [Edge])
    readonly edges: Edge[];

    @Field(() => [type()], { description: 'The nodes of `edges`.' })
    nodes: T[];

    @Field(() => PageInfo)
    pageInfo: PageInfo;
  }
  return Connection;
}

export interface PageRequest {
  /** 1 to 100; 20 unless told. */
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

/**
 * A page by keyset: rows after the cursor's values in the order's own index, so page 1,000 costs what page 1 costs. One
 * row more than asked for is read, to know whether there is a next page.
 *
 * All keys run in one direction, so that the comparison is one of row values, which both databases answer from an index.
 *
 * @throws AppError 422 for a size or cursor that is not valid
 */
export async function keysetPage<Row extends ObjectLiteral>(
  query: SelectQueryBuilder<Row>,
  order: readonly OrderKey[],
  request: PageRequest,
): Promise<Page<Row>> {
  const size = pageSize(request.first);
  const direction = directionOf(order);
  const cursors = cursorsOf(order);
  if (request.after != null) {
    const values = cursors.read(request.after);
    const columns = order.map(key => `${query.alias}.${key.property}`).join(', ');
    const names = values.map((_, index) => `:after${index}`).join(', ');
    query.andWhere(
      `(${columns}) ${direction === 'ASC' ? '>' : '<'} (${names})`,
      Object.fromEntries(values.map((value, index) => [`after${index}`, value])),
    );
  }
  for (const key of order) query.addOrderBy(`${query.alias}.${key.property}`, key.direction);
  const rows = await query.limit(size + 1).getMany();
  return pageOf(rows.slice(0, size), rows.length > size, cursors.write);
}

/** A condition in SQL over the table's columns, with its one value. */
export interface Condition {
  /** Such as `created_at >= ?`; never made of input. */
  readonly sql: string;
  readonly value: StatementValue;
}

/**
 * The same as `keysetPage` for a list that is read thousands of times a second: of each row no more than what is shown, by a
 * statement prepared once.
 */
export class KeysetList<Row extends object, Property extends keyof Row & string> {
  private readonly properties: readonly Property[];
  private readonly comparison: string;
  private readonly end: string;
  private readonly cursors: ReturnType<typeof cursorsOf>;

  /** @param shown properties that are read beside those of the order */
  constructor(
    private readonly row: new () => Row,
    order: readonly OrderKey[],
    shown: readonly Property[],
  ) {
    const direction = directionOf(order);
    const columns = order.map(key => columnName(key.property));
    const marks = columns.map(() => '?').join(', ');
    this.properties = [...shown, ...order.map(key => key.property as Property)];
    this.comparison = `(${columns.join(', ')}) ${direction === 'ASC' ? '>' : '<'} (${marks})`;
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
    const values = within.map(each => each.value);
    if (request.after != null) {
      values.push(...this.cursors.read(request.after));
      conditions.push(this.comparison);
    }
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')} `;
    values.push(size + 1);
    const rows = await db.rows(this.row, where + this.end, values, this.properties);
    return pageOf(rows.slice(0, size), rows.length > size, this.cursors.write);
  }
}

/** All keys run in one direction. */
function directionOf(order: readonly OrderKey[]): 'ASC' | 'DESC' {
  const direction = order[0]!.direction;
  if (order.some(key => key.direction !== direction))
    throw new Error('the keys of a keyset run in one direction');
  return direction;
}

/** How a place in a list of this order is written down; the tag says which order a cursor belongs to. */
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

/** The same page with each node as what the world calls it. */
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
