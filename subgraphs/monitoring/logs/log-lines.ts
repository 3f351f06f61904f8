import { AppError, platformErrors } from '../../../platform/errors';
import { type EntryLimits, type LogEntry, readEntry } from './log-entry';

export type LogFormat = 'json' | 'ndjson';

export interface RejectedLine {
  /** The place of the entry: the line of NDJSON, or the number in the list, from 1. */
  readonly line: number;
  readonly reason: string;
}

export interface ReadLines {
  readonly entries: LogEntry[];
  readonly rejected: RejectedLine[];
  /** Whether the body was one object. */
  readonly isSingle: boolean;
}

const maxEntries = 10_000;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The entries of a request's body. @throws AppError 400 for a body that is not of its format, 413 for too many entries */
export function readLines(body: Uint8Array, format: LogFormat, limits: EntryLimits): ReadLines {
  let text: string;
  try {
    text = utf8.decode(body);
  } catch (error) {
    throw new AppError(platformErrors.BAD_REQUEST, 'The body is not UTF-8', { cause: error });
  }
  return format === 'ndjson' ? readNdjson(text, limits) : readJson(text, limits);
}

function readJson(text: string, limits: EntryLimits): ReadLines {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new AppError(platformErrors.BAD_REQUEST, 'Invalid JSON: the body does not parse', { cause: error });
  }
  const values: unknown[] = Array.isArray(value) ? value : [value];
  const read: ReadLines = { entries: [], rejected: [], isSingle: !Array.isArray(value) };
  assertCount(values.length);
  for (let index = 0; index < values.length; index++) add(read, index + 1, readEntry(values[index], limits));
  return read;
}

/** NDJSON (https://github.com/ndjson/ndjson-spec): one object a line; empty lines are left out. */
function readNdjson(text: string, limits: EntryLimits): ReadLines {
  const read: ReadLines = { entries: [], rejected: [], isSingle: false };
  let line = 0;
  for (let start = 0; start < text.length; ) {
    let end = text.indexOf('\n', start);
    if (end === -1) end = text.length;
    const part = text.slice(start, end).trim();
    start = end + 1;
    line++;
    if (part === '') continue;
    add(read, line, readLine(part, limits));
    assertCount(read.entries.length + read.rejected.length);
  }
  return read;
}

function readLine(text: string, limits: EntryLimits): LogEntry | string {
  try {
    return readEntry(JSON.parse(text), limits);
  } catch {
    return 'is not JSON';
  }
}

function add(read: ReadLines, line: number, outcome: LogEntry | string): void {
  if (typeof outcome === 'string') read.rejected.push({ line, reason: outcome });
  else read.entries.push(outcome);
}

function assertCount(count: number): void {
  if (count <= maxEntries) return;
  throw new AppError(platformErrors.PAYLOAD_TOO_LARGE, `A request may have at most ${maxEntries} entries`);
}
