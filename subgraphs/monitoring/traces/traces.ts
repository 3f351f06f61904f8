import { In } from 'typeorm';
import { affectedRows, type Database } from '../../../platform/database/database';
import type { Transaction } from '../../../platform/database/transaction';
import { invalid } from '../../../platform/errors';
import type { Caller } from '../../../platform/security/caller';
import type { LogStore } from '../logs/log-store';
import { storable } from '../storable';
import { SpanRow } from '../tables';
import type { Span, SpanKind } from './span';

/** Spans of one INSERT: 11 values each, and SQLite takes 32,766 at most. */
const batchSize = 256;
const pruneBatch = 5_000;
/** Characters of a caller that are searched: an index of PostgreSQL takes no long text. */
const maxEnduser = 200;
/** Spans of one trace that are shown. */
const maxShown = 1_000;

export interface Trace {
  readonly id: string;
  /** The earliest first. */
  readonly spans: readonly Span[];
  /** Whether the trace has more spans. */
  readonly isTruncated: boolean;
}

/** The traces of all services: spans that Plinth's servers record, and those that others send by OTLP. */
export class Traces {
  /** @param maxSpans spans that are kept; the oldest go first */
  constructor(
    private readonly db: Database,
    private readonly logs: Pick<LogStore, 'search'>,
    private readonly retentionMs: number,
    private readonly maxSpans: number,
  ) {}

  /** Resolves when the spans are on disk. A span that is stored already stays as it is. @throws AppError 403 */
  async ingest(caller: Caller, spans: readonly Span[]): Promise<void> {
    caller.require('traces:write');
    await this.store(spans);
  }

  /** The same for spans of this process. */
  async store(spans: readonly Span[]): Promise<void> {
    for (let from = 0; from < spans.length; from += batchSize) {
      const batch = spans.slice(from, from + batchSize);
      await this.db.transaction(async ({ manager }) => {
        await manager
          .createQueryBuilder()
          .insert()
          .into(SpanRow)
          .values(batch.map(span => this.rowOf(span)))
          .orIgnore()
          .updateEntity(false)
          .execute();
      });
    }
  }

  /** @returns null when neither a span nor a log entry of it is stored @throws AppError 403; 422 for an id that is not 32 hexadecimal digits */
  async find(caller: Caller, id: string): Promise<Trace | null> {
    caller.require('traces:read');
    if (!/^[0-9a-fA-F]{32}$/.test(id)) {
      throw invalid([{ field: 'id', message: 'must be 32 hexadecimal digits' }]);
    }
    const traceId = id.toLowerCase();
    const rows = await this.db.rows(SpanRow, 'WHERE trace_id = ? ORDER BY started_at, span_id LIMIT ?', [
      traceId,
      maxShown + 1,
    ]);
    if (rows.length === 0 && !(await this.isLogged(traceId))) return null;
    return { id: traceId, spans: rows.slice(0, maxShown).map(spanOf), isTruncated: rows.length > maxShown };
  }

  /** The log has the traces that are not sampled too. */
  private async isLogged(traceId: string): Promise<boolean> {
    const found = await this.logs.search({ terms: [{ term: traceId, isPrefix: false }] }, 1);
    return found.length > 0;
  }

  /** Deletes the spans of a user's requests. @returns how many */
  async erase(userId: string, tx: Transaction): Promise<number> {
    const enduserId = In([userId, `user:${userId}`]);
    return affectedRows(await tx.manager.delete(SpanRow, { enduserId }));
  }

  /** Deletes the spans that are too old or too many. */
  async prune(): Promise<void> {
    const before = this.db.clock.now() - this.retentionMs;
    while ((await this.removeOldest('WHERE stored_at < ?', [before])) === pruneBatch);
    const excess = (await this.count()) - this.maxSpans;
    for (let removed = 0; removed < excess; ) {
      removed += await this.removeOldest('', [], Math.min(excess - removed, pruneBatch));
    }
  }

  count(): Promise<number> {
    return this.db.read.count(SpanRow);
  }

  /** @returns how many were removed */
  private async removeOldest(where: string, values: number[], limit = pruneBatch): Promise<number> {
    const row = this.db.kind === 'sqlite' ? 'rowid' : 'ctid';
    const removed = await this.db.write(
      `DELETE FROM spans WHERE ${row} IN (SELECT ${row} FROM spans ${where} ORDER BY stored_at LIMIT ?) RETURNING 1`,
      [...values, limit],
    );
    return removed.length;
  }

  private rowOf(span: Span): SpanRow {
    const { traceId, spanId, parentSpanId, service, name, kind, startedAt, durationMs, isError, attributes } =
      span;
    const enduser = attributes['enduser.id'];
    return {
      traceId,
      spanId,
      parentSpanId,
      service,
      name,
      kind,
      startedAt: Math.round(startedAt * 1_000),
      duration: Math.round(durationMs * 1_000),
      isError,
      attributes: JSON.stringify(attributes),
      enduserId: typeof enduser === 'string' ? storable(enduser.slice(0, maxEnduser)) : null,
      storedAt: this.db.clock.now(),
    };
  }
}

function spanOf(row: SpanRow): Span {
  const { startedAt, duration, attributes, kind, enduserId: _, storedAt: __, ...same } = row;
  return {
    ...same,
    kind: kind as SpanKind,
    startedAt: startedAt / 1_000,
    durationMs: duration / 1_000,
    attributes: JSON.parse(attributes) as Record<string, unknown>,
  };
}
