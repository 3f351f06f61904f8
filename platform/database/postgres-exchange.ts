import { createHash } from 'node:crypto';
import pg from 'pg';

/** A statement as PostgreSQL keeps it, by a name that says what it is: the same on every connection and server process. */
export class PreparedStatement {
  /** Forgets what may be known by that name, then parses and describes it. */
  readonly preparation: Buffer;
  /** A Bind message up to the number of values. */
  private readonly bindHead: Buffer;

  constructor(text: string) {
    let number = 0;
    const numbered = text.replace(/IN \(\?\?\)|\?/g, mark =>
      mark === '?' ? `$${++number}` : `= ANY($${++number})`,
    );
    const name = createHash('sha256').update(text).digest('base64url');
    this.preparation = Buffer.concat([
      message('C', `S${name}\0`),
      message('P', `${name}\0${numbered}\0\0\0`),
      message('D', `S${name}\0`),
    ]);
    this.bindHead = message('B', `\0${name}\0\0\0`);
  }

  /** No fewer bytes than a call takes. */
  longestCall(values: readonly (string | null)[]): number {
    let length = this.bindHead.length + values.length * 4 + 4 + execute.length;
    for (const value of values) if (value !== null) length += value.length * 3;
    return length;
  }

  /** Binds the values and executes. @returns where the next message begins */
  writeCall(values: readonly (string | null)[], to: Buffer, start: number): number {
    let at = start + this.bindHead.copy(to, start);
    at = to.writeInt16BE(values.length, at);
    for (const value of values) {
      if (value === null) {
        at = to.writeInt32BE(-1, at);
      } else {
        const length = to.write(value, at + 4, 'utf8');
        to.writeInt32BE(length, at);
        at += 4 + length;
      }
    }
    // All results as text.
    at = to.writeInt16BE(0, at);
    to.writeInt32BE(at - start - 1, start + 1);
    return at + execute.copy(to, at);
  }
}

/** What a connection has prepared, and how the columns of each answer are read. */
export type Prepared = Map<PreparedStatement, readonly Column[]>;

/** Those whose text is not the value. */
type Column = readonly [index: number, read: (text: string) => unknown];

export interface Call {
  readonly statement: PreparedStatement;
  readonly values: readonly (string | null)[];
}

export interface Outcome {
  /** Why it ended early. */
  readonly error?: Error;
  /** How many calls were executed: with an error, the one at this place failed. */
  readonly executed: number;
  /** Whether the connection can be asked again. */
  readonly isConnected: boolean;
}

/**
 * Several calls of prepared statements, written at once and answered in turn
 * (https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-PIPELINING): for each no more than Bind and
 * Execute, for all together one Sync. So they are one transaction, which is over when `ended` is told: without an error
 * it is committed, with one it is rolled back and the calls after the failed one were not looked at.
 *
 * node-postgres calls the methods: it takes whatever has them for a query.
 */
export class Exchange implements pg.Submittable {
  /** node-postgres wraps it to stop its clock. */
  callback: (error?: Error) => void = () => undefined;
  private at = 0;
  private rows: unknown[][] = [];
  private columns: readonly Column[] | undefined;
  private isOver = false;

  constructor(
    private readonly calls: readonly Call[],
    private readonly prepared: Prepared,
    private readonly executed: (index: number, rows: unknown[][]) => void,
    private readonly ended: (outcome: Outcome) => void,
  ) {}

  submit({ stream }: pg.Connection): void {
    const preparing = new Set<PreparedStatement>();
    let length = sync.length;
    for (const { statement, values } of this.calls) {
      if (!this.prepared.has(statement)) preparing.add(statement);
      length += statement.longestCall(values);
    }
    for (const { preparation } of preparing) length += preparation.length;
    const bytes = Buffer.allocUnsafe(length);
    let at = 0;
    for (const { statement, values } of this.calls) {
      if (preparing.delete(statement)) at += statement.preparation.copy(bytes, at);
      at = statement.writeCall(values, bytes, at);
    }
    at += sync.copy(bytes, at);
    stream.write(bytes.subarray(0, at));
  }

  /** Comes once, with the preparation of a statement that has an answer. */
  handleRowDescription({ fields }: { fields: readonly pg.FieldDef[] }): void {
    this.prepared.set(this.calls[this.at]!.statement, columnsOf(fields));
  }

  handleDataRow({ fields }: { fields: (string | null)[] }): void {
    this.columns ??= this.prepared.get(this.calls[this.at]!.statement) ?? [];
    const row: unknown[] = fields;
    for (const [index, read] of this.columns) {
      const text = fields[index];
      if (text !== null) row[index] = read(text!);
    }
    this.rows.push(row);
  }

  handleCommandComplete(): void {
    const { statement } = this.calls[this.at]!;
    if (!this.prepared.has(statement)) this.prepared.set(statement, []);
    const { rows } = this;
    this.rows = [];
    this.columns = undefined;
    this.executed(this.at++, rows);
  }

  handleReadyForQuery(): void {
    this.end({ executed: this.at, isConnected: true });
  }

  handleError(error: Error & { code?: string }): void {
    const isConnected = error instanceof pg.DatabaseError && !endsConnection.test(error.code ?? '');
    const failed = this.calls[this.at];
    if (failed !== undefined) this.prepared.delete(failed.statement);
    this.end({ error, executed: this.at, isConnected });
  }

  private end(outcome: Outcome): void {
    if (this.isOver) return;
    this.isOver = true;
    this.callback(outcome.error);
    this.ended(outcome);
  }
}

/** PostgreSQL's classes of errors after which it hangs up: connection, shutdown, too many, transaction took too long. */
const endsConnection = /^(08|57P0[1-5]|53300|25P0[34])/;
const execute = message('E', '\0\0\0\0\0');
const sync = message('S', '');

function message(type: string, body: string): Buffer {
  const content = Buffer.from(body);
  const head = Buffer.from(`${type}\0\0\0\0`);
  head.writeInt32BE(content.length + 4, 1);
  return Buffer.concat([head, content]);
}

function columnsOf(fields: readonly pg.FieldDef[]): readonly Column[] {
  return fields.flatMap(({ dataTypeID }, index) => {
    const read = readerOf(dataTypeID);
    return read === undefined ? [] : [[index, read] as const];
  });
}

/** Undefined for what stays text. */
function readerOf(type: number): ((text: string) => unknown) | undefined {
  const { BOOL, INT2, INT4, INT8, TEXT, VARCHAR } = pg.types.builtins;
  if (type === TEXT || type === VARCHAR) return undefined;
  // As SQLite hands them out: columns.ts says that they are safe up to 2^53.
  if (type === INT2 || type === INT4 || type === INT8) return Number;
  if (type === BOOL) return text => text === 't';
  return pg.types.getTypeParser(type, 'text');
}
