import { isatty } from 'node:tty';
import type PinoPretty from 'pino-pretty';

/** json: one object a line, for machines. pretty: for people. */
export type LogFormat = 'json' | 'pretty';

/** The format where LOG_FORMAT is unset. */
export function defaultLogFormat(isTerminal = isatty(1)): LogFormat {
  return isTerminal ? 'pretty' : 'json';
}

type Line = Record<string, unknown>;

/** Rewrites a line of JSON for people: one line a request, and the stack of an error below its line. */
export function prettyFormatter(options: { colorize?: boolean } = {}): (line: string) => string {
  // Loaded only where it is used.
  const { prettyFactory } = require('pino-pretty') as typeof PinoPretty;
  const pretty = prettyFactory({
    ...options,
    messageKey: 'message',
    timestampKey: 'timestamp',
    translateTime: 'SYS:HH:MM:ss.l',
    errorLikeObjectKeys: ['error', 'err'],
    // The service stands before the message.
    ignore: 'service,span_id',
    messageFormat: '[{service}] {message}',
    singleLine: true,
  });
  return line => pretty(line.includes('"http_request_method":') ? withoutDetails(JSON.parse(line)) : line);
}

/** The parts of a request's line that a person looks for. */
function withoutDetails(line: Line): Line {
  const message = [
    line['http_request_method'],
    line['url_path'],
    line['http_response_status_code'],
    `${line['duration_ms']} ms`,
    line['graphql_operation_type'],
    line['graphql_operation_name'],
    line['client'],
    ...((line['error_codes'] as string[] | undefined) ?? []),
  ];
  const { level, timestamp, service } = line;
  return { level, timestamp, service, message: message.filter(part => part !== undefined).join(' ') };
}
