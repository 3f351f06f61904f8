import { isObject } from '../../../platform/json';
import { storable } from '../storable';

/** The levels of a line, as pino and OpenTelemetry name them, with pino's numbers. */
export const levelNumbers = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60 } as const;
export type LogLevelName = keyof typeof levelNumbers;

const levelNames = new Map(
  Object.entries(levelNumbers).map(([name, number]) => [number, name as LogLevelName] as const),
);

export function levelName(number: number): LogLevelName {
  return levelNames.get(number as never) ?? 'info';
}

/** A line as it is stored. */
export interface LogEntry {
  /** Milliseconds since the Unix epoch. */
  readonly timestamp: number;
  readonly service: string;
  /** 10 to 60, see `levelNumbers`. */
  readonly level: number;
  readonly message: string;
  /** 32 lower-case hexadecimal digits. */
  readonly traceId: string | null;
  /** A JSON object, as text. */
  readonly metadata: string | null;
  /** The values in `metadata` that can be searched: path and value. */
  readonly leaves: readonly string[];
}

/** A line as it is read: with its place among the lines of one millisecond. */
export interface StoredLog extends Omit<LogEntry, 'leaves'> {
  readonly position: number;
}

export interface EntryLimits {
  /** The earliest and the latest moment that a line may have; milliseconds since the Unix epoch. */
  readonly earliest: number;
  readonly latest: number;
  /** The moment of a line that has none. */
  readonly now: number;
}

const servicePattern = /^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,99}$/;
const traceIdPattern = /^[0-9a-fA-F]{32}$/;
const instantPattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/;
const maxMessage = 64 * 1024;
const maxMetadata = 64 * 1024;
const maxDepth = 20;
const maxLeaves = 40;
const maxLeafText = 200;
const fields = new Set(['service', 'level', 'message', 'timestamp', 'metadata', 'trace_id']);

/**
 * Reads one entry of a request. Fields that the format does not have, such as those of a line that pino wrote, become part of `metadata`.
 *
 * @returns the entry, or the reason why it is refused, which never repeats a value
 */
export function readEntry(value: unknown, limits: EntryLimits): LogEntry | string {
  if (!isObject(value)) return 'must be a JSON object';
  const { service, level, message } = value;
  if (typeof service !== 'string' || !servicePattern.test(service)) {
    return 'service: must be 1 to 100 letters, digits, ".", "_", ":", "/" or "-"';
  }
  const number = levelOf(level);
  if (number === undefined) return `level: must be one of ${Object.keys(levelNumbers).join(', ')}`;
  if (typeof message !== 'string') return 'message: must be a text';
  if (message.length > maxMessage) return `message: must have at most ${maxMessage} characters`;
  const timestamp = timestampOf(value['timestamp'], limits);
  if (typeof timestamp === 'string') return `timestamp: ${timestamp}`;
  const traceId = value['trace_id'] ?? null;
  if (traceId !== null && (typeof traceId !== 'string' || !traceIdPattern.test(traceId))) {
    return 'trace_id: must be 32 hexadecimal digits';
  }
  const metadata = metadataOf(value);
  if (typeof metadata === 'string') return `metadata: ${metadata}`;
  return {
    timestamp,
    service,
    level: number,
    message: storable(message),
    traceId: traceId === null ? null : traceId.toLowerCase(),
    ...metadata,
  };
}

function levelOf(level: unknown): number | undefined {
  if (typeof level !== 'string' || level.length > 10) return undefined;
  const name = level.toLowerCase();
  return Object.hasOwn(levelNumbers, name) ? levelNumbers[name as LogLevelName] : undefined;
}

function timestampOf(value: unknown, { earliest, latest, now }: EntryLimits): number | string {
  if (value === undefined || value === null) return now;
  const instant =
    typeof value === 'number' && Number.isSafeInteger(value)
      ? value
      : typeof value === 'string' && instantPattern.test(value)
        ? Date.parse(value)
        : Number.NaN;
  if (Number.isNaN(instant)) return 'must be a date and time in RFC 3339, or milliseconds since 1970';
  if (instant < earliest) return 'is older than lines are kept';
  if (instant > latest) return 'is more than an hour ahead';
  return instant;
}

function metadataOf(value: Record<string, unknown>): { metadata: string | null; leaves: string[] } | string {
  const given = value['metadata'] ?? null;
  if (given !== null && !isObject(given)) return 'must be an object';
  let metadata: Record<string, unknown> | null = given;
  for (const key of Object.keys(value)) {
    if (fields.has(key)) continue;
    if (metadata === null || metadata === given) metadata = { ...given };
    // An assignment would make it the prototype.
    if (key === '__proto__') Object.defineProperty(metadata, key, { value: value[key], enumerable: true });
    else metadata[key] = value[key];
  }
  if (metadata === null) return { metadata: null, leaves: [] };
  const leaves: string[] = [];
  if (!collectLeaves(metadata, '', leaves, 0)) return `must nest at most ${maxDepth} levels`;
  const text = JSON.stringify(metadata);
  if (text.length > maxMetadata) return `must have at most ${maxMetadata} characters`;
  return { metadata: text === '{}' ? null : text, leaves };
}

/** @returns false when the value nests too deeply */
function collectLeaves(value: object, path: string, leaves: string[], depth: number): boolean {
  if (depth >= maxDepth) return false;
  const isList = Array.isArray(value);
  for (const [key, item] of Object.entries(value) as [string, unknown][]) {
    const here = isList ? path : path === '' ? key : `${path}.${key}`;
    if (typeof item === 'object') {
      if (item !== null && !collectLeaves(item, here, leaves, depth + 1)) return false;
    } else if (leaves.length < maxLeaves && isSearchable(item)) {
      leaves.push(leafOf(here, String(item)));
    }
  }
  return true;
}

/** Other numbers, such as durations, are nearly all different: an index of them would be large and of no use. */
function isSearchable(value: unknown): boolean {
  return typeof value === 'string'
    ? value.length <= maxLeafText
    : typeof value === 'boolean' || Number.isSafeInteger(value);
}

/** The text that stands for one value in `metadata`. */
export function leafOf(path: string, value: string): string {
  return `${path}=${value}`;
}
