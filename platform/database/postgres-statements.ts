import type pg from 'pg';
import { unavailable } from '../errors';
import { type Call, Exchange, type Outcome, type Prepared, PreparedStatement } from './postgres-exchange';
import { mostPending, type StatementValue } from './sqlite-statements';

/** Enough to share most of what an exchange costs, few enough to be answered soon. */
const mostTogether = 64;
/** Exchanges under way of one kind; what comes meanwhile waits and goes together. */
const mostExchanges = 2;
/** An exchange that takes longer does not count any more: what waits goes over another connection of the pool. */
const slowMs = 50;
/** Connections often die together: by then the pool knows which of its idle ones have. */
const repeatAfterMs = 20;
/** A write that waits for somebody's lock must not hold up those it goes together with: then each is tried alone. */
const noLongWait: Call = {
  statement: new PreparedStatement("SELECT set_config('lock_timeout', '50ms', true)"),
  values: [],
};
/** A pooler between us forgot the statement, or a migration changed what it answers. */
const mustPrepareAgain = /^(26000|0A000)$/;

interface Asked extends Call {
  resolve(rows: unknown[][]): void;
  reject(error: unknown): void;
  /** What failed for a reason of its connection is asked once more. */
  isRepeated: boolean;
  isAlone: boolean;
}

/**
 * Prepared statements on PostgreSQL's pool. Those of one turn of the event loop go to the server together, and so do those
 * that come while it works on them: a connection is taken, written to and read once for all.
 */
export class PostgresStatements {
  private readonly known = new Map<string, PreparedStatement>();
  private readonly reads: Reads;
  private readonly writes: Writes;

  constructor(pool: pg.Pool) {
    const prepared = new WeakMap<pg.PoolClient, Prepared>();
    this.reads = new Reads(pool, prepared);
    this.writes = new Writes(pool, prepared);
  }

  read(text: string, values: readonly StatementValue[]): Promise<unknown[][]> {
    return this.reads.ask(this.statement(text), values);
  }

  write(text: string, values: readonly StatementValue[]): Promise<unknown[][]> {
    return this.writes.ask(this.statement(text), values);
  }

  private statement(text: string): PreparedStatement {
    let statement = this.known.get(text);
    if (statement === undefined) {
      statement = new PreparedStatement(text);
      this.known.set(text, statement);
    }
    return statement;
  }
}

/** Statements that wait for the next exchange. */
abstract class Line {
  private readonly waiting: Asked[] = [];
  private underWay = 0;

  constructor(
    private readonly pool: pg.Pool,
    private readonly prepared: WeakMap<pg.PoolClient, Prepared>,
  ) {}

  ask(statement: PreparedStatement, values: readonly StatementValue[]): Promise<unknown[][]> {
    return new Promise((resolve, reject) => {
      if (this.waiting.length >= mostPending) {
        reject(unavailable('Too many statements are waiting for the database'));
        return;
      }
      const texts = values.map(textOf);
      this.waiting.push({ statement, values: texts, resolve, reject, isRepeated: false, isAlone: false });
      // Once a turn of the event loop, when all that has arrived in it is known.
      if (this.waiting.length === 1) setImmediate(() => this.flush());
    });
  }

  /** What goes over the wire for them. */
  protected abstract callsOf(asked: readonly Asked[]): readonly Call[];
  protected abstract executed(asked: readonly Asked[], index: number, rows: unknown[][]): void;
  protected abstract ended(asked: readonly Asked[], outcome: Outcome): void;

  /** To be asked before the others that wait. */
  protected again(asked: readonly Asked[]): void {
    this.waiting.unshift(...asked);
  }

  /** They are asked once more, those that have been already are refused. */
  protected repeat(asked: readonly Asked[], error: Error, afterMs: number): void {
    const fresh = asked.filter(each => !each.isRepeated);
    for (const each of asked) if (each.isRepeated) each.reject(error);
    for (const each of fresh) each.isRepeated = true;
    setTimeout(() => {
      this.again(fresh);
      this.flush();
    }, afterMs);
  }

  private flush(): void {
    while (this.waiting.length > 0 && this.underWay < mostExchanges) this.exchange(this.next());
  }

  private next(): Asked[] {
    const alone = this.waiting.findIndex(each => each.isAlone);
    const together = alone === -1 ? this.waiting.length : Math.max(alone, 1);
    return this.waiting.splice(0, Math.min(together, mostTogether));
  }

  private exchange(asked: readonly Asked[]): void {
    this.underWay++;
    let counts = true;
    const free = (): void => {
      if (counts) this.underWay--;
      counts = false;
      this.flush();
    };
    const slow = setTimeout(free, slowMs);
    this.pool.connect((error, client, release) => {
      if (client === undefined) {
        clearTimeout(slow);
        // Nor is there a connection for those that came later.
        for (const each of [...asked, ...this.waiting.splice(0)]) each.reject(error);
        free();
        return;
      }
      const prepared = this.preparedOn(client);
      client.query(
        new Exchange(
          this.callsOf(asked),
          prepared,
          (index, rows) => this.executed(asked, index, rows),
          outcome => {
            clearTimeout(slow);
            release(outcome.isConnected ? undefined : outcome.error);
            this.ended(asked, outcome);
            free();
          },
        ),
      );
    });
  }

  private preparedOn(client: pg.PoolClient): Prepared {
    let prepared = this.prepared.get(client);
    if (prepared === undefined) {
      prepared = new Map();
      this.prepared.set(client, prepared);
      // The exchange under way hears of it too; without a listener the process would end.
      client.on('error', () => undefined);
    }
    return prepared;
  }
}

/** Each is answered as soon as its rows are there. */
class Reads extends Line {
  protected callsOf(asked: readonly Asked[]): readonly Call[] {
    return asked;
  }

  protected executed(asked: readonly Asked[], index: number, rows: unknown[][]): void {
    asked[index]!.resolve(rows);
  }

  protected ended(asked: readonly Asked[], outcome: Outcome): void {
    const { error, executed, isConnected } = outcome;
    if (error === undefined) return;
    const left = asked.slice(executed);
    const failed = isConnected ? left.slice(0, 1) : left;
    // Nobody who has waited for the whole of a timeout wants to wait for another.
    const mayRepeat = isConnected ? isForgotten(error) : error.message !== 'Query read timeout';
    if (mayRepeat) this.repeat(failed, error, isConnected ? 0 : repeatAfterMs);
    else for (const each of failed) each.reject(error);
    this.again(left.slice(failed.length));
  }
}

/** All are answered when they are committed. */
class Writes extends Line {
  private readonly answers = new WeakMap<Asked, unknown[][]>();

  protected callsOf(asked: readonly Asked[]): readonly Call[] {
    return asked.length === 1 ? asked : [noLongWait, ...asked];
  }

  protected executed(asked: readonly Asked[], index: number, rows: unknown[][]): void {
    const each = asked[asked.length === 1 ? index : index - 1];
    if (each !== undefined) this.answers.set(each, rows);
  }

  protected ended(asked: readonly Asked[], outcome: Outcome): void {
    const { error, isConnected } = outcome;
    if (error === undefined) {
      for (const each of asked) each.resolve(this.answers.get(each)!);
    } else if (isConnected && asked.length > 1) {
      for (const each of asked) each.isAlone = true;
      this.again(asked);
    } else if (isConnected && isForgotten(error)) {
      this.repeat(asked, error, 0);
    } else {
      // Whether a lost connection has committed is not known.
      for (const each of asked) each.reject(error);
    }
  }
}

function isForgotten(error: Error & { code?: string }): boolean {
  return mustPrepareAgain.test(error.code ?? '');
}

function textOf(value: StatementValue): string | null {
  if (value === null || typeof value === 'string') return value;
  return typeof value === 'object' ? arrayOf(value) : String(value);
}

/** https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO */
function arrayOf(texts: readonly string[]): string {
  if (texts.length === 0) return '{}';
  return `{"${texts.map(text => (/["\\]/.test(text) ? text.replace(/["\\]/g, '\\$&') : text)).join('","')}"}`;
}
