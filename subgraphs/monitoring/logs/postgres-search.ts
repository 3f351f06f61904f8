import type pg from 'pg';
import type { StoredLog } from './log-entry';
import { type LogQuery, partitionMs } from './log-storage';
import type { WantedTerm } from './terms';

interface Row {
  timestamp: string;
  position: string;
  service: string;
  level: number;
  message: string;
  trace_id: string | null;
  metadata: string | null;
}

/** How several terms are searched. */
type Plan =
  /** The index finds the rows of the rare terms; the frequent ones are tested on these rows. */
  | {
      readonly kind: 'rare terms';
      readonly rare: readonly WantedTerm[];
      readonly frequent: readonly WantedTerm[];
    }
  /** From the newest row back: a page is soon full. */
  | { readonly kind: 'newest first' }
  /** Each term is frequent, all together are rare: the index finds them, in one partition after the other. */
  | { readonly kind: 'each partition' };

/** Rows of the sample, and how many of them make a term frequent, and all terms together. */
const sampleSize = 500;
const frequentTerm = 25;
const frequentTogether = 3;

/**
 * Searches the lines in PostgreSQL. Its planner does not know which words occur together, and takes a line for each word that is frequent
 * from the index, so several words are planned here, by a sample of the newest lines. This makes two frequent words and a rare one twelve
 * times as fast, and frequent words that never occur together ten times (`npm run bench:monitoring -- --searches 1000000`).
 */
export class PostgresSearch {
  /** @param starts the partitions, the newest first */
  constructor(
    private readonly pool: pg.Pool,
    private readonly starts: () => Promise<number[]>,
  ) {}

  /** The newest first. */
  async search(query: LogQuery, limit: number): Promise<StoredLog[]> {
    const { terms = [] } = query;
    if (terms.length === 0) return this.select(query, limit, () => []);
    if (terms.length === 1) return this.select(query, limit, value => [indexed(terms, value)]);
    const plan = await this.planOf(query, terms);
    switch (plan.kind) {
      case 'rare terms': {
        const { rare, frequent } = plan;
        return this.select(query, limit, value =>
          frequent.length === 0 ? [indexed(rare, value)] : [indexed(rare, value), tested(frequent, value)],
        );
      }
      case 'newest first':
        return this.select(query, limit, value => [tested(terms, value)]);
      case 'each partition':
        return this.searchEachPartition(query, terms, limit);
    }
  }

  private async planOf(query: LogQuery, terms: readonly WantedTerm[]): Promise<Plan> {
    const values: unknown[] = [];
    const value = (given: unknown) => `$${values.push(given)}`;
    const counted = terms.map(term => indexed([term], value));
    const together = [indexed(terms, value), ...rowConditions(query, value)].join(' AND ');
    const { rows } = await this.pool.query<string[]>({
      text: `SELECT ${[...counted, together].map(condition => `count(*) FILTER (WHERE ${condition})`).join(', ')}
        FROM (SELECT * FROM logs WHERE ${['true', ...timeConditions(query, value)].join(' AND ')}
          ORDER BY timestamp DESC, position DESC LIMIT ${sampleSize}) AS newest`,
      values,
      rowMode: 'array',
    });
    const counts = rows[0]!.map(Number);
    if (counts.at(-1)! >= frequentTogether) return { kind: 'newest first' };
    const rare = terms.filter((_, at) => counts[at]! < frequentTerm);
    if (rare.length === 0) return { kind: 'each partition' };
    return { kind: 'rare terms', rare, frequent: terms.filter((_, at) => counts[at]! >= frequentTerm) };
  }

  private async searchEachPartition(
    query: LogQuery,
    terms: readonly WantedTerm[],
    limit: number,
  ): Promise<StoredLog[]> {
    const { from = 0, to = Number.MAX_SAFE_INTEGER } = query;
    const found: StoredLog[] = [];
    for (const start of await this.starts()) {
      if (found.length === limit) break;
      const span = { from: Math.max(from, start), to: Math.min(to, start + partitionMs) };
      if (span.from >= span.to) continue;
      const page = { ...query, ...span };
      // The sum keeps the planner from the order of the primary key, in which it would test every row.
      const order = 'timestamp + 0 DESC, position DESC';
      found.push(...(await this.select(page, limit - found.length, value => [indexed(terms, value)], order)));
    }
    return found;
  }

  private async select(
    query: LogQuery,
    limit: number,
    termConditions: (value: (given: unknown) => string) => string[],
    order = 'timestamp DESC, position DESC',
  ): Promise<StoredLog[]> {
    const values: unknown[] = [];
    const value = (given: unknown) => `$${values.push(given)}`;
    const conditions = [
      'true',
      ...termConditions(value),
      ...rowConditions(query, value),
      ...timeConditions(query, value),
    ];
    const { rows } = await this.pool.query<Row>(
      `SELECT timestamp, position, service, level, message, trace_id, metadata FROM logs
       WHERE ${conditions.join(' AND ')} ORDER BY ${order} LIMIT ${value(limit)}`,
      values,
    );
    return rows.map(row => ({
      timestamp: Number(row.timestamp),
      position: Number(row.position),
      service: row.service,
      level: row.level,
      message: row.message,
      traceId: row.trace_id,
      metadata: row.metadata,
    }));
  }
}

function rowConditions({ service, levels }: LogQuery, value: (given: unknown) => string): string[] {
  const conditions: string[] = [];
  if (service !== undefined) conditions.push(`service = ${value(service)}`);
  if (levels !== undefined) {
    if (Math.min(...levels) >= 40) conditions.push('level >= 40');
    conditions.push(`level = ANY(${value(levels)}::smallint[])`);
  }
  return conditions;
}

function timeConditions({ from, to, before }: LogQuery, value: (given: unknown) => string): string[] {
  const conditions: string[] = [];
  if (from !== undefined) conditions.push(`timestamp >= ${value(from)}`);
  if (to !== undefined) conditions.push(`timestamp < ${value(to)}`);
  if (before !== undefined) {
    const [timestamp, position] = before.map(value);
    // The first condition chooses the partitions.
    conditions.push(`timestamp <= ${timestamp}`, `(timestamp, position) < (${timestamp}, ${position})`);
  }
  return conditions;
}

/** A condition that the index can answer. */
function indexed(terms: readonly WantedTerm[], value: (given: unknown) => string): string {
  return `terms @@ ${value(matchOf(terms))}::tsquery`;
}

/** The same, tested on the row: the index knows the operator only. */
function tested(terms: readonly WantedTerm[], value: (given: unknown) => string): string {
  return `ts_match_vq(terms, ${value(matchOf(terms))}::tsquery)`;
}

/** No term has a quotation mark. */
function matchOf(terms: readonly WantedTerm[]): string {
  return terms.map(({ term, isPrefix }) => `'${term}'${isPrefix ? ':*' : ''}`).join(' & ');
}
