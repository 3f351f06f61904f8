import type { StoredLog } from '../logs/log-entry';
import { levelName } from '../logs/log-entry';
import type { LogEntry, LogEntryInput, LogLevel } from './log.types';

export function logEntryOf(row: StoredLog): LogEntry {
  const { timestamp, position, service, level, message, metadata, traceId } = row;
  return {
    id: `${timestamp.toString(36)}-${position.toString(36)}`,
    service,
    level: levelName(level) as LogLevel,
    message,
    timestamp: new Date(timestamp),
    metadata: metadata === null ? null : (JSON.parse(metadata) as Record<string, unknown>),
    traceId,
  };
}

/** The entries as the body of `POST /logs`. */
export function entryBody(entries: readonly LogEntryInput[]): Uint8Array {
  const lines = entries.map(({ traceId, ...entry }) => ({ ...entry, trace_id: traceId }));
  return new Uint8Array(Buffer.from(JSON.stringify(lines), 'utf8'));
}
