import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { systemClock } from '../../platform/clock';
import { Database } from '../../platform/database/database';
import { openSqlite } from '../../platform/database/sqlite-driver';
import { newPostgresDatabase } from '../../platform/testing/backend';
import { startPostgres } from '../../platform/testing/servers';
import type { LogEntry } from '../../subgraphs/monitoring/logs/log-entry';
import { type LogStorage, partitionOf } from '../../subgraphs/monitoring/logs/log-storage';
import { PostgresLogs } from '../../subgraphs/monitoring/logs/postgres-logs';
import { SqliteLogs, schema } from '../../subgraphs/monitoring/logs/sqlite-logs';
import { leafTerm, termsOf, wantedWords } from '../../subgraphs/monitoring/logs/terms';
import { migrations } from '../../subgraphs/monitoring/migrations';
import { entities } from '../../subgraphs/monitoring/tables';
import { bodiesOf, read } from './lines';

const sizes = [1, 100, 1_000];
/** The two sides take turns, so that both have the same share of what else the machine and the database do. */
const rounds = 6;

type Bare = (entries: readonly LogEntry[]) => Promise<void>;

/** A store that is measured, and the bare statements with the same tables and indexes. */
interface Store {
  readonly name: string;
  readonly storage: LogStorage;
  readonly bare: Bare;
  /** After many rows. */
  analyze(): Promise<void>;
}

/** Seconds and microseconds of processor time. */
class Spent {
  private seconds = 0;
  private cpu = 0;
  private entries = 0;

  async on(entries: number, work: () => Promise<void>): Promise<void> {
    const cpu = process.cpuUsage();
    const started = performance.now();
    await work();
    this.seconds += (performance.now() - started) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    this.cpu += user + system;
    this.entries += entries;
  }

  get rate(): number {
    return this.entries / this.seconds;
  }

  toString(): string {
    return `${Math.round(this.rate)}/s, ${(this.cpu / this.entries).toFixed(1)} CPU-µs`;
  }
}

export async function benchAppends(count: number): Promise<void> {
  await withStores(async ({ name, storage, bare }) => {
    for (const size of sizes) {
      const total = size === 1 ? Math.ceil(count / 20) : count;
      const [service, statements] = [new Spent(), new Spent()];
      for (let round = 0; round < rounds; round++) {
        const bodies = bodiesOf(Math.ceil(total / rounds), size);
        const ready = bodies.map(read);
        await service.on(bodies.length * size, async () => {
          for (const body of bodies) await storage.append(read(body));
        });
        await statements.on(bodies.length * size, async () => {
          for (const entries of ready) await bare(entries);
        });
      }
      const share = Math.round((service.rate / statements.rate) * 100);
      console.log(`${name}, ${size} an append: ${service}; bare statements ${statements}; ${share}% of bare`);
    }
  });
}

/** Rows over six hours, which are seven partitions. */
export async function benchSearches(rows: number): Promise<void> {
  await withStores(async ({ name, storage, analyze }) => {
    const batch = 2_000;
    const parts = 50;
    for (let part = 0; part < parts; part++) {
      const spread = (6 * 3_600_000) / parts;
      const end = (parts - 1 - part) * spread;
      for (const body of bodiesOf(Math.ceil(rows / parts), batch, spread)) {
        const entries = read(body).map(entry => ({ ...entry, timestamp: entry.timestamp - Math.round(end) }));
        await storage.append(entries);
      }
    }
    await analyze();
    console.log(`${name}: ${rows} rows`);
    await searches(name, storage);
  });
}

async function searches(name: string, storage: LogStorage): Promise<void> {
  const word = (text: string) => wantedWords(text);
  const [found] = await storage.search({ service: 'users' }, 1);
  const hourAgo = Date.now() - 3_600_000;
  const queries = {
    newest: {},
    'an hour of the range': { from: hourAgo - 7_200_000, to: hourAgo - 3_600_000 },
    'a trace id': { terms: [{ term: found!.traceId!, isPrefix: false }] },
    'a metadata path': { terms: [{ term: leafTerm('client=user:77'), isPrefix: false }] },
    'a page further on': { before: [hourAgo, 0] as const },
    service: { service: 'auth' },
    errors: { levels: [50, 60] },
    'rare words': { terms: word('order 77 customer') },
    'a frequent word': { terms: word('order') },
    'frequent words that are never together': { terms: word('order request') },
    'service and words': { service: 'files', terms: word('order 77') },
    nothing: { terms: word('absent') },
  };
  for (const [title, query] of Object.entries(queries)) {
    const times: number[] = [];
    for (let run = 0; run < 20; run++) {
      const started = performance.now();
      await storage.search(query, 101);
      times.push(performance.now() - started);
    }
    times.sort((one, other) => one - other);
    console.log(
      `${name}, search ${title}: median ${times[10]!.toFixed(1)} ms, p95 ${times[18]!.toFixed(1)} ms`,
    );
  }
}

async function withStores(work: (store: Store) => Promise<void>): Promise<void> {
  await withSqlite(work);
  await withPostgres(work);
}

async function withSqlite(work: (store: Store) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'plinth-bench-monitoring-'));
  const storage = new SqliteLogs(join(folder, 'logs'));
  const db = openSqlite(join(folder, 'bare.db'));
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.exec(schema);
  const log = db.prepare('INSERT INTO logs VALUES (?, ?, ?, ?, ?, ?)');
  const terms = db.prepare('INSERT INTO terms (rowid, text) VALUES (?, ?)');
  let position = 0;
  try {
    const bare: Bare = async entries => {
      db.exec('BEGIN IMMEDIATE');
      for (const entry of entries) {
        const { service, level, message, traceId, metadata } = entry;
        log.run(++position, service, level, message, traceId, metadata);
        terms.run(position, termsOf(entry));
      }
      db.exec('COMMIT');
    };
    await work({ name: 'SQLite', storage, bare, analyze: async () => undefined });
  } finally {
    await storage.close();
    db.close();
    await rm(folder, { recursive: true });
  }
}

async function withPostgres(work: (store: Store) => Promise<void>): Promise<void> {
  const server = await startPostgres();
  const { url } = await newPostgresDatabase(server.url, 'bench');
  const database = await Database.open({
    url,
    service: 'monitoring',
    clock: systemClock,
    entities,
    migrations,
  });
  const storage = new PostgresLogs(url, 'monitoring');
  const pool = new pg.Pool({ connectionString: url, max: 1, options: '-c search_path=monitoring' });
  try {
    const bare: Bare = async entries => {
      const column = (value: (entry: LogEntry) => unknown) => entries.map(value);
      await pool.query({
        name: 'bare',
        text: `INSERT INTO logs_${partitionOf(Date.now())} (timestamp, service, level, message, trace_id, metadata, terms)
          SELECT t, s, l, m, i, d, array_to_tsvector(string_to_array(w, ' ')) FROM unnest($1::bigint[], $2::text[], $3::smallint[],
          $4::text[], $5::text[], $6::text[], $7::text[]) AS entries (t, s, l, m, i, d, w)`,
        values: [
          column(entry => entry.timestamp),
          column(entry => entry.service),
          column(entry => entry.level),
          column(entry => entry.message),
          column(entry => entry.traceId),
          column(entry => entry.metadata),
          column(entry => termsOf(entry).trim()),
        ],
      });
    };
    const analyze = async () => void (await pool.query('ANALYZE'));
    await work({ name: 'PostgreSQL (CPU of this process only)', storage, bare, analyze });
  } finally {
    await pool.end();
    await storage.close();
    await database.close();
    await server.close();
  }
}
