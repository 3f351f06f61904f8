import { getPriority, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { translated } from '../../../platform/database/driver-errors';
import { AppError } from '../../../platform/errors';
import { levelName } from './log-entry';
import { readLines } from './log-lines';
import type { AppendOutcome, LogRequest, LogResponse, LogWorkerOptions } from './log-messages';
import { type LogStorage, partitionMs } from './log-storage';
import { LogWriter } from './log-writer';
import { PostgresLogs } from './postgres-logs';
import { SqliteLogs } from './sqlite-logs';

const hourMs = 60 * 60_000;
/** Where processors are short, a flood of lines waits for requests, and not requests for the flood. */
const niceness = 5;

/** The thread that reads, stores and searches lines: neither holds up the requests that the event loop of the service answers. */
function runLogWorker(options: LogWorkerOptions): void {
  // Linux gives each thread a priority of its own; elsewhere it is that of the whole process.
  if (process.platform === 'linux') setPriority(Math.max(getPriority(), niceness));
  const storage: LogStorage =
    options.url === undefined
      ? new SqliteLogs(options.folder)
      : new PostgresLogs(options.url, options.schema);
  const writer = new LogWriter(storage, options.batchSize);
  const port = parentPort!;
  port.on('message', (request: LogRequest) => {
    answer(request, storage, writer, options).then(
      result => port.postMessage({ id: request.id, result } satisfies LogResponse),
      (error: unknown) => port.postMessage({ id: request.id, error: described(error) } satisfies LogResponse),
    );
  });
}

async function answer(
  request: LogRequest,
  storage: LogStorage,
  writer: LogWriter,
  options: LogWorkerOptions,
): Promise<unknown> {
  switch (request.kind) {
    case 'append':
      return append(request, writer, options);
    case 'search':
      return storage.search(request.query, request.limit);
    case 'erase':
      return storage.erase(request.terms);
    case 'prune':
      return prune(storage, request.now - options.retentionMs, options.retentionBytes);
    case 'close':
      await writer.drained();
      return storage.close();
  }
}

async function append(
  { body, format, now }: Extract<LogRequest, { kind: 'append' }>,
  writer: LogWriter,
  { retentionMs }: LogWorkerOptions,
): Promise<AppendOutcome> {
  const limits = { earliest: now - retentionMs, latest: now + hourMs, now };
  const { entries, rejected, isSingle } = readLines(body, format, limits);
  await writer.append(entries);
  const counts = new Map<string, AppendOutcome['counts'][number]>();
  for (const { service, level } of entries) {
    const key = `${level} ${service}`;
    const known = counts.get(key);
    if (known === undefined) counts.set(key, { service, level: levelName(level), count: 1 });
    else known.count++;
  }
  return { accepted: entries.length, rejected, isSingle, counts: [...counts.values()] };
}

/**
 * Drops partitions that are older than the limit, and the oldest ones while all together are larger than the limit. The current one stays.
 *
 * @returns the bytes that remain
 */
async function prune(storage: LogStorage, earliest: number, maxBytes: number): Promise<number> {
  const partitions = await storage.partitions();
  let bytes = partitions.reduce((sum, partition) => sum + partition.bytes, 0);
  for (const [index, partition] of partitions.entries()) {
    const isOld = partition.start + partitionMs <= earliest;
    const isOver = bytes > maxBytes && index < partitions.length - 1;
    if (!isOld && !isOver) break;
    await storage.dropPartition(partition.start);
    bytes -= partition.bytes;
  }
  return bytes;
}

function described(error: unknown): NonNullable<LogResponse['error']> {
  const known = translated(error);
  if (known instanceof AppError) {
    const { code, status, message, details, headers } = known;
    return { code, status, message, details, headers };
  }
  return { message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}

if (parentPort !== null) runLogWorker(workerData as LogWorkerOptions);
