import pino from 'pino';
import { currentTrace } from './tracing';

/** One JSON object a line on standard output; `trace_id` is added to everything said inside a request or event. */
export type Logger = Pick<pino.Logger, 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'isLevelEnabled'>;

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

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
  destination?: pino.DestinationStream;
}): Logger {
  return pino(
    {
      level: options.level,
      base: { service: options.service },
      messageKey: 'message',
      timestamp: () => `,"timestamp":"${new Date().toISOString()}"`,
      formatters: { level: label => ({ level: label }) },
      mixin: () => {
        const trace = currentTrace();
        return trace === undefined ? {} : { trace_id: trace.traceId, span_id: trace.spanId };
      },
      redact: {
        paths: secrets.flatMap(key =>
          key.includes('-') ? [`["${key}"]`, `*["${key}"]`] : [key, `*.${key}`],
        ),
        censor: '[redacted]',
      },
      serializers: { error: describeError, err: describeError },
    },
    options.destination ?? pino.destination({ fd: 1, sync: true }),
  );
}

/**
 * What a log keeps of an error. Only what is named here: a database driver hangs the statement's parameters and the
 * clashing row on its errors, and those are people's data.
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

/** Says nothing; for tests whose subject is not the log. */
export const silentLogger: Logger = pino({ level: 'silent' });
