/**
 * What log entries cost: reading, validating, indexing and storing NDJSON as the monitoring service does, beside the bare statements with the
 * same tables and indexes and values that are ready, in one run; then searches. `npm run bench:monitoring -- [entries a batch size]`
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { systemClock } from '../platform/clock';
import { Database } from '../platform/database/database';
import { openSqlite } from '../platform/database/sqlite-driver';
import { newPostgresDatabase } from '../platform/testing/backend';
import { startPostgres } from '../platform/testing/servers';
import type { LogEntry } from '../subgraphs/monitoring/logs/log-entry';
import { readLines } from '../subgraphs/monitoring/logs/log-lines';
import { type LogStorage, partitionOf } from '../subgraphs/monitoring/logs/log-storage';
import { PostgresLogs } from '../subgraphs/monitoring/logs/postgres-logs';
import { SqliteLogs, schema } from '../subgraphs/monitoring/logs/sqlite-logs';
import { termsOf, wantedWords } from '../subgraphs/monitoring/logs/terms';
import { migrations } from '../subgraphs/monitoring/migrations';
import { entities } from '../subgraphs/monitoring/tables';

const sizes = [1, 100, 1_000];
const services = ['gateway', 'auth', 'users', 'notifications', 'files', 'monitoring'];
let made = 0;

/** A line as a service writes it for a request. */
function line(now: number): string {
  made++;
  const trace = (made * 2_654_435_761).toString(16).padStart(32, 'a').slice(-32);
  return JSON.stringify({
    level: made % 50 === 0 ? 'error' : 'info',
    timestamp: new Date(now).toISOString(),
    service: services[made % services.length],
    trace_id: trace,
    http_request_method: 'POST',
    url_path: '/graphql',
    http_route: '/graphql',
    http_response_status_code: 200,
    duration_ms: (made % 1000) / 7,
    client: `user:${made % 5_000}`,
    message: made % 3 === 0 ? 'request' : `order ${made % 9_973} of customer ${made % 4_999} was paid`,
  });
}

function bodiesOf(count: number, size: number): Buffer[] {
  const now = Date.now();
  return Array.from({ length: Math.ceil(count / size) }, () =>
    Buffer.from(Array.from({ length: size }, () => line(now)).join('\n')),
  );
}

function read(body: Buffer): LogEntry[] {
  const now = Date.now();
  const { entries, rejected } = readLines(body, 'ndjson', { earliest: 0, latest: now + 3_600_000, now });
  if (rejected.length > 0) throw new Error('the bench wrote a line that is not valid');
  return entries;
}

/** Entries a second, and microseconds of processor time for each. */
async function measured(entries: number, work: () => Promise<void>): Promise<string> {
  const cpu = process.cpuUsage();
  const started = performance.now();
  await work();
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return `${Math.round(entries / seconds)}/s, ${((user + system) / entries).toFixed(1)} CPU-µs`;
}

type Bare = (entries: readonly LogEntry[]) => Promise<void>;

async function compare(name: string, storage: LogStorage, bare: Bare, count: number): Promise<void> {
  for (const size of sizes) {
    const total = size === 1 ? Math.ceil(count / 20) : count;
    const bodies = bodiesOf(total, size);
    const service = await measured(total, async () => {
      for (const body of bodies) await storage.append(read(body));
    });
    const ready = bodies.map(read);
    const statements = await measured(total, async () => {
      for (const entries of ready) await bare(entries);
    });
    console.log(`${name}, ${size} an append: ${service}; bare statements ${statements}`);
  }
}

async function searches(name: string, storage: LogStorage): Promise<void> {
  const word = (text: string) => wantedWords(text);
  const queries = {
    newest: {},
    service: { service: 'auth' },
    errors: { levels: [50, 60] },
    'rare words': { terms: word('order 77 customer') },
    'a frequent word': { terms: word('order') },
    'service and words': { service: 'files', terms: word('order 77') },
    nothing: { terms: word('absent') },
  };
  for (const [title, query] of Object.entries(queries)) {
    const times: number[] = [];
    for (let run = 0; run < 20; run++) {
      const started = performance.now();
      await storage.search(query, 21);
      times.push(performance.now() - started);
    }
    times.sort((one, other) => one - other);
    console.log(
      `${name}, search ${title}: median ${times[10]!.toFixed(1)} ms, p95 ${times[18]!.toFixed(1)} ms`,
    );
  }
}

async function benchSqlite(count: number): Promise<void> {
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
    await compare('SQLite', storage, bare, count);
    await searches('SQLite', storage);
  } finally {
    await storage.close();
    db.close();
    await rm(folder, { recursive: true });
  }
}

async function benchPostgres(count: number): Promise<void> {
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
    await compare('PostgreSQL (CPU of this process only)', storage, bare, count);
    await pool.query('ANALYZE');
    await searches('PostgreSQL', storage);
  } finally {
    await pool.end();
    await storage.close();
    await database.close();
    await server.close();
  }
}

async function main(): Promise<void> {
  const count = Number(process.argv[2] ?? 50_000);
  console.log(
    `Node ${process.version}, ${cpus()[0]?.model}, load ${loadavg()[0]?.toFixed(1)}, ${count} entries a size`,
  );
  await benchSqlite(count);
  await benchPostgres(count);
}

void main();
