import pino from 'pino';
import type { LogLevel } from '../config';
import { quote } from './json-text';
import { defaultLogFormat, type LogFormat } from './log-format';
import { LogLines } from './log-output';
import { currentTrace, type TraceContext, traceFacts } from './tracing';

/** The fields that a request adds to its log line. The list is closed, so that no secret gets into the log by accident. */
export interface RequestFacts {
  /** Address of the client, as trusted proxies report it. */
  client_address?: string;
  /** The sender: `user:<id>`, `service:<id>` or `anonymous`. */
  client?: string;
  graphql_operation_name?: string | undefined;
  graphql_operation_type?: string;
  error_codes?: readonly string[];
}

/** The part of a request that its log line needs. */
export interface LoggedRequest {
  readonly trace: TraceContext;
  readonly method: string;
  readonly path: string;
  /** The template of the route that answers. */
  readonly route: string;
  readonly remoteAddress: string;
  readonly facts: RequestFacts;
}

/** Writes to standard output, one JSON object a line unless a person reads it. Lines inside a request or an event have its `trace_id`. */
export interface Logger
  extends Pick<pino.Logger, 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'isLevelEnabled'> {
  /** Writes the line that every request has. None of its fields can be a secret, so it needs no redaction. */
  request(level: 'debug' | 'info', request: LoggedRequest, status: number, durationMs: number): void;
}

/** Keys whose values never reach a log, at the top or one level down. */
const secrets = [
  'password',
  'newPassword',
  'currentPassword',
  'token',
  'accessToken',
  'refreshToken',
  'access_token',
  'refresh_token',
  'authorization',
  'cookie',
  'x-api-key',
  'apiKey',
  'secret',
];

export function createLogger(options: {
  service: string;
  level: LogLevel;
  /** Of standard output; `defaultLogFormat` unless given. */
  format?: LogFormat | undefined;
  destination?: pino.DestinationStream;
}): Logger {
  const destination = options.destination ?? LogLines.standardOutput(options.format ?? defaultLogFormat());
  const logger = pino(
    {
      level: options.level,
      base: { service: options.service },
      messageKey: 'message',
      timestamp: () => `,"timestamp":"${timestamp()}"`,
      formatters: { level: label => ({ level: label }) },
      mixin: () => {
        const trace = currentTrace();
        return trace === undefined ? {} : traceFacts(trace);
      },
      redact: {
        paths: secrets.flatMap(key =>
          key.includes('-') ? [`["${key}"]`, `*["${key}"]`] : [key, `*.${key}`],
        ),
        censor: '[redacted]',
      },
      serializers: { error: describeError, err: describeError },
    },
    destination,
  );
  const service = JSON.stringify(options.service);
  return Object.assign(logger, {
    request(level: 'debug' | 'info', request: LoggedRequest, status: number, durationMs: number): void {
      if (!logger.isLevelEnabled(level)) return;
      destination.write(
        `{"level":"${level}","timestamp":"${timestamp()}","service":${service},${factsOf(request, status, durationMs)},"message":"request"}\n`,
      );
    },
  });
}

let latest = { instant: 0, text: '' };

/** RFC 3339, in UTC; kept for a millisecond, because formatting takes as long as the rest of a line. */
function timestamp(): string {
  const instant = Date.now();
  if (latest.instant !== instant) latest = { instant, text: new Date(instant).toISOString() };
  return latest.text;
}

/** Names of OpenTelemetry's semantic conventions, with `_` for `.`. */
function factsOf(request: LoggedRequest, status: number, durationMs: number): string {
  const { trace, method, route, remoteAddress, facts } = request;
  let text =
    `"trace_id":"${trace.traceId}","span_id":"${trace.spanId}"` +
    `,"http_request_method":${quote(method)},"url_path":${quote(pathForLog(request).slice(0, 500))}` +
    `,"http_route":${quote(route)},"http_response_status_code":${status}` +
    `,"duration_ms":${Math.round(durationMs * 100) / 100}` +
    `,"client_address":${quote(facts.client_address ?? remoteAddress)}`;
  if (facts.client !== undefined) text += `,"client":${quote(facts.client)}`;
  if (facts.graphql_operation_name !== undefined) {
    text += `,"graphql_operation_name":${quote(facts.graphql_operation_name)}`;
  }
  if (facts.graphql_operation_type !== undefined) {
    text += `,"graphql_operation_type":${quote(facts.graphql_operation_type)}`;
  }
  if (facts.error_codes !== undefined) text += `,"error_codes":${JSON.stringify(facts.error_codes)}`;
  return text;
}

/**
 * The fields of an error that are logged, and no others: a database driver adds the parameters of the statement and the conflicting row
 * to its errors, which are personal data.
 */
export function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { message: String(error) };
  const { code } = error as { code?: unknown };
  return {
    type: error.name,
    message: error.message,
    ...(code === undefined ? {} : { code }),
    stack: error.stack,
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
  };
}

/** Writes nothing; for tests of other subjects. */
export const silentLogger: Logger = createLogger({
  service: 'silent',
  level: 'silent',
  destination: { write: () => {} },
});

/** The path without the secret of a share link: a reader of the log must not be able to use the link. */
export function pathForLog({ path, route }: Pick<LoggedRequest, 'path' | 'route'>): string {
  return route.includes('/:token') ? route : path;
}
