import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type BetterSqlite3 from 'better-sqlite3';
import { LRUCache } from 'lru-cache';
import { openSqlite } from '../../../platform/database/sqlite-driver';
import type { LogEntry, StoredLog } from './log-entry';
import { type LogPartition, type LogQuery, type LogStorage, partitionMs, partitionOf } from './log-storage';
import { termsOf, type WantedTerm } from './terms';

/**
 * A position is the milliseconds since the partition's start times 2^31, and the number of the line in the partition: as the primary key it
 * keeps lines in the order of time, whenever they arrive, and it fits a JavaScript number.
 */
const numbers = 2 ** 31;
const mostOpen = 32;
/** A prefix of more words than these is left to FTS5. */
const mostWords = 16;

export const schema = `
CREATE TABLE logs (
  position INTEGER PRIMARY KEY,
  service TEXT NOT NULL,
  level INTEGER NOT NULL,
  message TEXT NOT NULL,
  trace_id TEXT,
  metadata TEXT
);
CREATE INDEX ix__logs__service ON logs (service, position);
CREATE INDEX ix__logs__level ON logs (position, level) WHERE level >= 40;
CREATE VIRTUAL TABLE terms USING fts5(text, content='', columnsize=0, detail=none, tokenize="unicode61 remove_diacritics 0 tokenchars '='");
CREATE TABLE counter (next INTEGER NOT NULL);
INSERT INTO counter VALUES (0);
PRAGMA user_version = 1;
`;

type Row = [
  position: number,
  service: string,
  level: number,
  message: string,
  trace: string | null,
  metadata: string | null,
];

/** One file of SQLite. */
class Partition {
  readonly db: BetterSqlite3.Database;
  private readonly insertLog: BetterSqlite3.Statement;
  private readonly insertTerms: BetterSqlite3.Statement;
  private readonly saveNext: BetterSqlite3.Statement;
  private readonly firstWord: BetterSqlite3.Statement;
  private next: number;

  constructor(
    path: string,
    private readonly start: number,
  ) {
    this.db = openSqlite(path);
    this.db.pragma('journal_mode = WAL');
    this.db.pragma('synchronous = FULL');
    this.db.pragma('cache_size = -16000');
    const [[version]] = this.db.prepare('PRAGMA user_version').raw(true).all() as [[number]];
    if (version === 0) this.db.exec(`BEGIN; ${schema} COMMIT`);
    this.insertLog = this.db.prepare('INSERT INTO logs VALUES (?, ?, ?, ?, ?, ?)');
    this.insertTerms = this.db.prepare('INSERT INTO terms (rowid, text) VALUES (?, ?)');
    this.saveNext = this.db.prepare('UPDATE counter SET next = ?');
    this.db.exec('CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, terms, instance)');
    this.firstWord = this.db.prepare('SELECT term FROM temp.words WHERE term >= ? LIMIT 1');
    [[this.next]] = this.db.prepare('SELECT next FROM counter').raw(true).all() as [[number]];
  }

  /** @param entries in the order of time: FTS5 writes a new segment whenever a row id is smaller than the one before */
  append(entries: readonly LogEntry[]): void {
    const before = this.next;
    this.db.exec('BEGIN IMMEDIATE');
    try {
      for (const entry of entries) {
        const position = (entry.timestamp - this.start) * numbers + this.next++;
        const { service, level, message, traceId, metadata } = entry;
        this.insertLog.run(position, service, level, message, traceId, metadata);
        this.insertTerms.run(position, termsOf(entry));
      }
      this.saveNext.run(this.next);
      this.db.exec('COMMIT');
    } catch (error) {
      if (this.db.inTransaction) this.db.exec('ROLLBACK');
      this.next = before;
      throw error;
    }
  }

  search(query: LogQuery, limit: number): StoredLog[] {
    const { service, levels, from, to, terms = [], before } = query;
    const conditions: string[] = [];
    const values: (string | number)[] = [];
    const add = (sql: string, ...given: (string | number)[]) => {
      conditions.push(sql);
      values.push(...given);
    };
    const isIndexed = terms.length > 0;
    const position = isIndexed ? 'terms.rowid' : 'logs.position';
    if (isIndexed) add('terms MATCH ?', terms.map(term => this.matchOf(term)).join(' AND '));
    if (service !== undefined) add('logs.service = ?', service);
    if (levels !== undefined) {
      // The condition of the partial index, word for word.
      if (Math.min(...levels) >= 40) add('level >= 40');
      add(`level IN (${levels.map(() => '?').join(', ')})`, ...levels);
    }
    if (from !== undefined && from > this.start) add(`${position} >= ?`, (from - this.start) * numbers);
    if (to !== undefined && to < this.start + partitionMs)
      add(`${position} < ?`, (to - this.start) * numbers);
    if (before !== undefined && partitionOf(before[0]) === this.start) {
      add(`${position} < ?`, (before[0] - this.start) * numbers + before[1]);
    }
    const rows = this.db
      .prepare(
        `SELECT position, service, level, message, trace_id, metadata
         FROM ${isIndexed ? 'terms CROSS JOIN logs ON logs.position = terms.rowid' : 'logs'}
         ${conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''} ORDER BY ${position} DESC LIMIT ?`,
      )
      .raw(true)
      .all(...values, limit) as Row[];
    return rows.map(row => this.stored(row));
  }

  /** The terms stay in the index without a line, which a search leaves out. */
  erase(term: string): number {
    const { changes } = this.db
      .prepare('DELETE FROM logs WHERE position IN (SELECT rowid FROM terms WHERE terms MATCH ?)')
      .run(quoted(term));
    return changes;
  }

  /**
   * A prefix becomes the words that begin with it. FTS5 collects all rows of a prefix before it answers the first, where it steps through the
   * rows of words and skips those that another word does not have: two frequent words and a rare one are found in a fifth of the time
   * (`npm run bench:monitoring -- --searches 1000000`).
   */
  private matchOf({ term, isPrefix }: WantedTerm): string {
    if (!isPrefix) return quoted(term);
    const words: string[] = [];
    for (let from = term; words.length <= mostWords; ) {
      const [word] = this.firstWord.raw(true).all(from) as [string][];
      if (word?.[0].startsWith(term) !== true) {
        return words.length === 0 ? quoted(term) : `(${words.map(quoted).join(' OR ')})`;
      }
      words.push(word[0]);
      // The least text after the word.
      from = `${word[0]}\u0001`;
    }
    return `${quoted(term)}*`;
  }

  private stored([position, service, level, message, traceId, metadata]: Row): StoredLog {
    return {
      timestamp: this.start + Math.floor(position / numbers),
      position: position % numbers,
      service,
      level,
      message,
      traceId,
      metadata,
    };
  }
}

/** No term has a quotation mark. */
const quoted = (term: string): string => `"${term}"`;

/** The lines in SQLite, one file for each partition: a file is deleted at once, where rows would be deleted one by one. */
export class SqliteLogs implements LogStorage {
  private readonly open = new LRUCache<number, Partition>({
    max: mostOpen,
    dispose: partition => partition.db.close(),
  });

  constructor(private readonly folder: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  async append(entries: readonly LogEntry[]): Promise<void> {
    const sorted = [...entries].sort((one, other) => one.timestamp - other.timestamp);
    for (let from = 0; from < sorted.length; ) {
      const start = partitionOf(sorted[from]!.timestamp);
      let to = from + 1;
      while (to < sorted.length && sorted[to]!.timestamp < start + partitionMs) to++;
      this.partition(start).append(from === 0 && to === sorted.length ? sorted : sorted.slice(from, to));
      from = to;
    }
  }

  async search(query: LogQuery, limit: number): Promise<StoredLog[]> {
    const found: StoredLog[] = [];
    const { from = 0, to = Number.MAX_SAFE_INTEGER, before } = query;
    const last = Math.min(to - 1, before?.[0] ?? Number.MAX_SAFE_INTEGER);
    for (const start of this.starts().reverse()) {
      if (start > last) continue;
      if (start + partitionMs <= from || found.length === limit) break;
      found.push(...this.partition(start).search(query, limit - found.length));
    }
    return found;
  }

  async erase(terms: readonly string[]): Promise<number> {
    let erased = 0;
    for (const start of this.starts()) {
      for (const term of terms) erased += this.partition(start).erase(term);
    }
    return erased;
  }

  async partitions(): Promise<LogPartition[]> {
    return this.starts().map(start => {
      const sizes = ['', '-wal'].map(
        suffix => statSync(`${this.pathOf(start)}${suffix}`, { throwIfNoEntry: false })?.size ?? 0,
      );
      return { start, bytes: sizes[0]! + sizes[1]! };
    });
  }

  async dropPartition(start: number): Promise<void> {
    this.open.delete(start);
    for (const suffix of ['-wal', '-shm', '']) rmSync(`${this.pathOf(start)}${suffix}`, { force: true });
  }

  async close(): Promise<void> {
    this.open.clear();
  }

  private partition(start: number): Partition {
    let partition = this.open.get(start);
    if (partition === undefined) {
      partition = new Partition(this.pathOf(start), start);
      this.open.set(start, partition);
    }
    return partition;
  }

  private pathOf(start: number): string {
    return join(this.folder, `${new Date(start).toISOString().slice(0, 13)}.db`);
  }

  private starts(): number[] {
    return readdirSync(this.folder)
      .flatMap(name => {
        const hour = /^(\d{4}-\d\d-\d\dT\d\d)\.db$/.exec(name)?.[1];
        return hour === undefined ? [] : [Date.parse(`${hour}:00:00Z`)];
      })
      .sort((one, other) => one - other);
  }
}
