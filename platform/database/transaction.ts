import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type DataSource,
  type EntityManager,
  type QueryRunner,
  QueryRunnerAlreadyReleasedError,
} from 'typeorm';
import type { Clock } from '../clock';
import { unavailable } from '../errors';
import { uuidv7 } from '../ids';
import { currentTraceparent } from '../observability/tracing';
import { connectionOf } from './data-source';
import { fail, isConflict } from './driver-errors';
import type { StatementValue } from './sqlite-statements';

/** A fact and the id it is about. Small, because it is stored and copied. */
export interface EmittedEvent {
  type: string;
  data: unknown;
  /** Of the shape of `data`; 1 by default. */
  version?: number;
  /** The trace that it belongs to; the current one when absent. */
  traceparent?: string | undefined;
}

export interface Transaction {
  /** Reads and writes inside this transaction; `db.read` would not see its writes. */
  readonly manager: EntityManager;
  /**
   * Runs one statement without the ORM, for writes that come thousands of times a second. Statements that are started together, without
   * waiting for each, run in their order, and on PostgreSQL in one round trip.
   *
   * @param text an INSERT, UPDATE or DELETE, never made of input, since each text is kept
   * @returns the values of its RETURNING clause, as `Database.write` does
   */
  write(text: string, values: readonly StatementValue[]): Promise<unknown[][]>;
  /** Publishes the event to the other services after, and only if, this transaction commits. */
  emit(event: EmittedEvent): Promise<void>;
  /** Called once, after and only if this transaction commits: for a hint that there is something new to read. */
  afterCommit(callback: () => void): void;
}

const attemptsOnConflict = 3;

interface TransactionOptions {
  readonly kind: 'sqlite' | 'postgres';
  readonly writer: DataSource;
  readonly clock: Clock;
  /** SQLite has one writer at a time. */
  readonly writing: Mutex;
  readonly statements: {
    writeInside(runner: QueryRunner, text: string, values: readonly StatementValue[]): Promise<unknown[][]>;
    /** Called right after a commit. */
    committed(): void;
    /** Resolves when what was committed before is on disk. */
    durable(): Promise<void>;
  };
  /** Called after each commit that left events in the outbox. */
  readonly committed: ReadonlySet<() => void>;
}

const insertEvent = `INSERT INTO outbox (id, type, version, data, occurred_at, traceparent)
  VALUES (?, ?, ?, ?, ?, ?)`;

function valuesOf({ type, version, data, traceparent }: EmittedEvent, now: number): StatementValue[] {
  const wrapped = JSON.stringify({ value: data });
  return [uuidv7(now), type, version ?? 1, wrapped, now, traceparent ?? currentTraceparent() ?? null];
}

/** Runs work in transactions, again when PostgreSQL reports a conflict. */
export class Transactions {
  private readonly inside = new AsyncLocalStorage<{ open: boolean }>();

  constructor(private readonly options: TransactionOptions) {}

  /** @throws Error inside of a transaction, which would wait for itself */
  assertOutside(): void {
    if (this.inside.getStore()?.open) {
      throw new Error('A transaction inside a transaction would wait for itself: pass tx on instead');
    }
  }

  async run<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    this.assertOutside();
    for (let attempt = 1; ; attempt++) {
      try {
        const { result, announce } =
          this.options.kind === 'sqlite'
            ? await this.options.writing.run(() => this.attempt(work))
            : await this.attempt(work);
        // The next transaction runs meanwhile, and may share the sync.
        await this.options.statements.durable();
        announce();
        return result;
      } catch (error) {
        if (attempt === attemptsOnConflict || !isConflict(error)) throw error;
        await sleep(Math.random() * 20 * attempt);
      }
    }
  }

  /** @returns the result of the work, and how to tell others of the commit */
  private async attempt<T>(
    work: (tx: Transaction) => Promise<T>,
  ): Promise<{ result: T; announce: () => void }> {
    const runner = this.options.writer.createQueryRunner();
    const scope = { open: true };
    let emitted = false;
    const callbacks: (() => void)[] = [];
    try {
      await runner.startTransaction();
      // Takes SQLite's write lock now. A lock taken after the first read fails at once if another process wrote since.
      if (this.options.kind === 'sqlite') await runner.query('DELETE FROM outbox WHERE 0');
      const write = (text: string, values: readonly StatementValue[]) =>
        this.options.statements.writeInside(runner, text, values).catch(fail);
      const tx: Transaction = {
        manager: runner.manager,
        write,
        afterCommit: callback => void callbacks.push(callback),
        emit: async event => {
          emitted = true;
          await write(insertEvent, valuesOf(event, this.options.clock.now()));
        },
      };
      const result = await this.inside.run(scope, () => work(tx));
      scope.open = false;
      await runner.commitTransaction();
      this.options.statements.committed();
      const announce = () => {
        if (emitted) for (const listener of this.options.committed) listener();
        for (const callback of callbacks) callback();
      };
      return { result, announce };
    } catch (error) {
      await this.rollback(runner);
      if (
        error instanceof QueryRunnerAlreadyReleasedError &&
        scope.open &&
        this.options.kind === 'postgres'
      ) {
        throw unavailable('The database connection was lost', error);
      }
      throw error;
    } finally {
      scope.open = false;
      await runner.release();
    }
  }

  private async rollback(runner: QueryRunner): Promise<void> {
    if (runner.isReleased) return;
    const { kind, writer } = this.options;
    try {
      await runner.rollbackTransaction();
    } catch (error) {
      if (kind === 'postgres') {
        // Whether the connection is still inside the transaction is unknown, so it must not return to the pool.
        const internal = runner as unknown as { releasePostgresConnection(error: unknown): Promise<void> };
        await internal.releasePostgresConnection(error);
        return;
      }
      // SQLite rolls back by itself on a full disk; TypeORM's one runner then still counts a transaction as open.
      (writer.driver as unknown as { queryRunner?: QueryRunner | undefined }).queryRunner = undefined;
      const connection = connectionOf(writer);
      if (connection.inTransaction) connection.exec('ROLLBACK');
    }
  }
}

/** One at a time, in order of arrival. */
export class Mutex {
  private last: Promise<unknown> = Promise.resolve();
  private waiting = 0;

  constructor(private readonly limit: number) {}

  run<T>(work: () => Promise<T>): Promise<T> {
    if (this.waiting >= this.limit) {
      return Promise.reject(unavailable('Too many changes are waiting for the database'));
    }
    this.waiting++;
    const result = this.last.then(work);
    this.last = result.then(
      () => this.waiting--,
      () => this.waiting--,
    );
    return result;
  }
}
