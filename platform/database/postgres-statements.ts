import { createHash } from 'node:crypto';
import pg from 'pg';
import type { QueryRunner } from 'typeorm';
import { unavailable } from '../errors';
import { mostPending, type StatementValue } from './sqlite-statements';

/** Enough statements to share most of the cost of a round trip, few enough to be answered soon. */
const mostTogether = 64;
/** Batches under way of one kind. Statements that come meanwhile wait and go together. */
const mostBatches = 2;
/** A slower batch no longer counts as under way: the statements that wait use another connection of the pool. */
const slowMs = 50;
/** Connections often fail together: by then the pool knows which of its idle connections are lost. */
const repeatAfterMs = 20;
/** A write that waits for a lock must not hold up the writes of its batch: the batch fails, and each is tried alone. */
const begin = "BEGIN; SET LOCAL lock_timeout = '50ms'";
/** A pooler forgot the prepared statement, or a migration changed its columns. */
const mustPrepareAgain = /^(26000|0A000)$/;
/** PostgreSQL's classes of errors after which it closes the connection: connection, shutdown, too many, transaction too long. */
const endsConnection = /^(08|57P0[1-5]|53300|25P0[34])/;

type DriverError = Error & { code?: string };

interface Statement {
  readonly text: string;
  /** The name of the prepared statement. A new name prepares it again on every connection. */
  name: string;
}

interface Pending {
  readonly statement: Statement;
  readonly values: readonly StatementValue[];
  resolve(rows: unknown[][]): void;
  reject(error: unknown): void;
  /** Whether it was already repeated after an error that was not its own. */
  isRepeated: boolean;
  /** Whether it goes without others, in a transaction of its own. */
  isAlone: boolean;
}

interface Outcome {
  /** The name under which the statement was sent. */
  readonly name?: string;
  readonly rows: unknown[][];
  readonly error?: DriverError;
}

/**
 * Prepared statements on PostgreSQL's pool, whose connections use the pipeline mode of node-postgres. The statements of one
 * turn of the event loop share one connection and one round trip. Plain `pool.query` takes a connection and a round trip for
 * each, which halves the requests a second (`npm run bench:accounts`).
 */
export class PostgresStatements {
  private readonly statements = new Map<string, Statement>();
  private readonly reads: Reads;
  private readonly writes: Writes;

  /** @param pool its connections are made with `pipeline: true` */
  constructor(pool: pg.Pool) {
    this.reads = new Reads(pool);
    this.writes = new Writes(pool);
  }

  read(text: string, values: readonly StatementValue[]): Promise<unknown[][]> {
    return this.reads.add(this.statement(text), values);
  }

  write(text: string, values: readonly StatementValue[]): Promise<unknown[][]> {
    return this.writes.add(this.statement(text), values);
  }

  committed(): void {}

  /** PostgreSQL answers a commit when it is on disk. */
  async durable(): Promise<void> {}

  async close(): Promise<void> {}

  /** Here as durable as the others: they share their commits anyway. */
  async writeUnsynced(text: string, values: readonly StatementValue[]): Promise<void> {
    await this.write(text, values);
  }

  /**
   * Runs a statement in the transaction of the runner. It is not prepared by name: a pooler that forgot the name would end the whole
   * transaction. Statements that are started together go in one round trip, in their order.
   */
  async writeInside(
    runner: QueryRunner,
    text: string,
    values: readonly StatementValue[],
  ): Promise<unknown[][]> {
    const client = (await runner.connect()) as pg.PoolClient;
    const { rows, error } = await query(client, { statement: this.statement(text), values }, false);
    if (error !== undefined) throw error;
    return rows;
  }

  private statement(text: string): Statement {
    let statement = this.statements.get(text);
    if (statement === undefined) {
      statement = { text: numbered(text), name: nameOf(text) };
      this.statements.set(text, statement);
    }
    return statement;
  }
}

/** Statements of one kind that wait for the next batch. */
abstract class Queue {
  private readonly waiting: Pending[] = [];
  private underWay = 0;

  constructor(private readonly pool: pg.Pool) {}

  add(statement: Statement, values: readonly StatementValue[]): Promise<unknown[][]> {
    return new Promise((resolve, reject) => {
      if (this.waiting.length >= mostPending) {
        reject(unavailable('Too many statements are waiting for the database'));
        return;
      }
      this.waiting.push({ statement, values, resolve, reject, isRepeated: false, isAlone: false });
      // Once a turn of the event loop, when all statements of the turn are known.
      if (this.waiting.length === 1) setImmediate(() => this.flush());
    });
  }

  /** Sends the statements at once. @returns the error after which the connection must be closed */
  protected abstract send(client: pg.PoolClient, batch: readonly Pending[]): Promise<Error | undefined>;

  /** Puts them before the other statements that wait. */
  protected putBack(batch: readonly Pending[]): void {
    this.waiting.unshift(...batch);
  }

  /** Repeats a statement once; refuses it when it was repeated already. */
  protected repeat(pending: Pending, error: Error, afterMs: number): void {
    if (pending.isRepeated) {
      pending.reject(error);
      return;
    }
    pending.isRepeated = true;
    setTimeout(() => {
      this.putBack([pending]);
      this.flush();
    }, afterMs);
  }

  private flush(): void {
    while (this.waiting.length > 0 && this.underWay < mostBatches) this.run(this.next());
  }

  private next(): Pending[] {
    const alone = this.waiting.findIndex(each => each.isAlone);
    const together = alone === -1 ? this.waiting.length : Math.max(alone, 1);
    return this.waiting.splice(0, Math.min(together, mostTogether));
  }

  private run(batch: Pending[]): void {
    this.underWay++;
    let counts = true;
    const done = (): void => {
      if (counts) this.underWay--;
      counts = false;
      this.flush();
    };
    const slow = setTimeout(done, slowMs);
    this.pool.connect((error, client, release) => {
      if (client === undefined) {
        clearTimeout(slow);
        // There is no connection for the statements that came later either.
        for (const each of [...batch, ...this.waiting.splice(0)]) each.reject(error);
        done();
        return;
      }
      client.on('error', ignore);
      void this.send(client, batch).then(lost => {
        clearTimeout(slow);
        client.off('error', ignore);
        release(lost);
        done();
      });
    });
  }
}

/** A lost connection also fails its statements. Without a listener for its event the process would end. */
function ignore(): void {}

/** Each read is answered as soon as its rows are there. */
class Reads extends Queue {
  protected async send(client: pg.PoolClient, batch: readonly Pending[]): Promise<Error | undefined> {
    const failed = new Map<Statement, DriverError>();
    const outcomes = await inOneWrite(client, () =>
      batch.map(async pending => {
        const outcome = await query(client, pending);
        if (outcome.error === undefined) pending.resolve(outcome.rows);
        else this.fail(pending, outcome, failed);
        return outcome.error;
      }),
    );
    return outcomes.find(error => error !== undefined && isLost(error));
  }

  /** @param failed the statements of the batch that could not be prepared, or failed for their values */
  private fail(pending: Pending, outcome: Outcome, failed: Map<Statement, DriverError>): void {
    const error = outcome.error!;
    const { statement } = pending;
    if (isLost(error)) {
      // A request that has waited for a whole timeout must not wait for another.
      if (error.message === 'Query read timeout') pending.reject(error);
      else this.repeat(pending, error, repeatAfterMs);
    } else if (failed.has(statement) && error.code === '26000') {
      // The first of the batch should have prepared it for the others, and could not.
      pending.reject(failed.get(statement));
    } else if (prepareAgain(statement, outcome)) {
      this.repeat(pending, error, 0);
    } else {
      failed.set(statement, error);
      pending.reject(error);
    }
  }
}

/** All writes of a batch are answered when their one transaction is committed. */
class Writes extends Queue {
  protected async send(client: pg.PoolClient, batch: readonly Pending[]): Promise<Error | undefined> {
    const single = batch.length === 1 ? batch[0]! : undefined;
    if (single !== undefined) {
      const outcome = await query(client, single);
      const { rows, error } = outcome;
      if (error === undefined) single.resolve(rows);
      else if (!isLost(error) && prepareAgain(single.statement, outcome)) this.repeat(single, error, 0);
      else single.reject(error);
      return error !== undefined && isLost(error) ? error : undefined;
    }
    let end: Outcome & { command?: string } = { rows: [] };
    const outcomes = await inOneWrite<Outcome>(client, () => [
      command(client, begin),
      ...batch.map(pending => query(client, pending)),
      command(client, 'COMMIT').then(committed => {
        end = committed;
        return committed;
      }),
    ]);
    const errors = outcomes.flatMap(({ error }) => error ?? []);
    const lost = errors.find(isLost);
    if (errors.length === 0 && end.command === 'COMMIT') {
      for (const [index, pending] of batch.entries()) pending.resolve(outcomes[index + 1]!.rows);
    } else if (lost !== undefined) {
      // Whether a lost connection has committed is not known.
      for (const pending of batch) pending.reject(lost);
    } else {
      for (const [index, pending] of batch.entries()) {
        prepareAgain(pending.statement, outcomes[index + 1]!);
        pending.isAlone = true;
      }
      this.putBack(batch);
    }
    return lost;
  }
}

/** Without it each statement would be a system call of its own. */
async function inOneWrite<T>(client: pg.PoolClient, send: () => Promise<T>[]): Promise<T[]> {
  const { stream } = (client as unknown as { connection: pg.Connection }).connection;
  stream.cork();
  const sent = send();
  stream.uncork();
  return Promise.all(sent);
}

function query(
  client: pg.PoolClient,
  { statement, values }: Pick<Pending, 'statement' | 'values'>,
  isNamed = true,
): Promise<Outcome> {
  const { name } = statement;
  return new Promise(resolve => {
    client.query<unknown[], unknown[]>(
      {
        ...(isNamed ? { name } : {}),
        text: statement.text,
        values: values as unknown[],
        rowMode: 'array',
        types,
      },
      (error: DriverError | null, result) =>
        resolve(error ? { name, rows: [], error } : { name, rows: result.rows as unknown[][] }),
    );
  });
}

function command(client: pg.PoolClient, text: string): Promise<Outcome & { command?: string }> {
  return new Promise(resolve => {
    client.query(text, (error: DriverError | null, result) =>
      resolve(error ? { rows: [], error } : { rows: [], command: result.command }),
    );
  });
}

/** Values as SQLite returns them: columns.ts says that whole numbers are safe up to 2^53. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((type: number, format: 'text') =>
    type === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(type, format)) as never,
};

function isLost(error: DriverError): boolean {
  return !(error instanceof pg.DatabaseError) || endsConnection.test(error.code ?? '');
}

/** @returns whether the statement must be prepared again. It then is, at its next execution on each connection */
function prepareAgain(statement: Statement, { name, error }: Outcome): boolean {
  if (!mustPrepareAgain.test(error?.code ?? '')) return false;
  if (statement.name === name) statement.name = nameOf(name);
  return true;
}

function nameOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

/** PostgreSQL's parameters for `?` and `IN (??)`. */
function numbered(text: string): string {
  let number = 0;
  return text.replace(/IN \(\?\?\)|\?/g, parameter =>
    parameter === '?' ? `$${++number}` : `= ANY($${++number})`,
  );
}
