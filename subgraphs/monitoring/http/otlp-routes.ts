import { AppError, platformErrors } from '../../../platform/errors';
import { parseContentType, parseJson } from '../../../platform/http/body';
import type { HttpRequest } from '../../../platform/http/request';
import type { HttpResponse } from '../../../platform/http/response';
import type { Route } from '../../../platform/http/router';
import type { Authenticator } from '../../../platform/security/authenticator';
import type { Caller } from '../../../platform/security/caller';
import type { LogStore } from '../logs/log-store';
import type { Logs } from '../logs/logs';
import { readLogs } from '../traces/otlp-logs';
import { decode, encode, type OtlpMessage } from '../traces/otlp-protobuf';
import { readTraces } from '../traces/otlp-traces';
import type { Traces } from '../traces/traces';

/** Bytes of a body as it is sent, and of what a compressed one becomes. */
const maxBody = 4 * 1024 * 1024;
const maxInflated = 16 * 1024 * 1024;
const protobufType = 'application/x-protobuf';

interface Parts {
  logs: Logs;
  store: Pick<LogStore, 'withRoom'>;
  traces: Traces;
  authenticator: Pick<Authenticator, 'authenticate'>;
}

/** OTLP over HTTP (https://opentelemetry.io/docs/specs/otlp/#otlphttp), as JSON or protobuf: `POST /v1/traces` and `POST /v1/logs`. */
export function otlpRoutes({ logs, store, traces, authenticator }: Parts): Route[] {
  return [
    otlpRoute('traces', 'traces:write', { store, authenticator }, async (caller, message) => {
      const read = readTraces(message);
      if (read === undefined) throw invalidMessage('ExportTraceServiceRequest');
      await traces.ingest(caller, read.spans);
      return read.rejected === 0 ? {} : partial({ rejectedSpans: read.rejected });
    }),
    otlpRoute('logs', 'logs:write', { store, authenticator }, async (caller, message) => {
      const entries = readLogs(message);
      if (entries === undefined) throw invalidMessage('ExportLogsServiceRequest');
      const body = new Uint8Array(Buffer.from(JSON.stringify(entries), 'utf8'));
      const { rejected } = await logs.ingest(caller, body, 'json');
      return rejected.length === 0 ? {} : partial({ rejectedLogRecords: rejected.length });
    }),
  ];
}

function otlpRoute(
  signal: 'traces' | 'logs',
  permission: string,
  { store, authenticator }: Pick<Parts, 'store' | 'authenticator'>,
  ingest: (caller: Caller, message: unknown) => Promise<Record<string, unknown>>,
): Route {
  const name = signal === 'traces' ? 'Trace' : 'Logs';
  const requestType: OtlpMessage = `Export${name}ServiceRequest`;
  const responseType: OtlpMessage = `Export${name}ServiceResponse`;
  return {
    method: 'POST',
    path: `/v1/${signal}`,
    // A request that brings spans must not become a span itself.
    quiet: true,
    handle: async request => {
      const caller = await authenticator.authenticate(request.headers);
      caller.require(permission);
      const isProtobuf = isProtobufBody(request);
      const declared = Number(request.header('content-length') ?? maxBody);
      const answer = await store.withRoom(declared, async () => {
        const bytes = await request.body(maxBody, maxInflated);
        return ingest(caller, isProtobuf ? decoded(requestType, bytes) : parseJson(bytes));
      });
      return isProtobuf ? protobufResponse(encode(responseType, answer)) : jsonAnswer(answer);
    },
  };
}

/** @throws AppError 415 for another content type */
function isProtobufBody(request: HttpRequest): boolean {
  const { mime } = parseContentType(request.header('content-type'));
  if (mime === protobufType) return true;
  if (mime === 'application/json') return false;
  throw new AppError(
    platformErrors.UNSUPPORTED_MEDIA_TYPE,
    `Send OTLP as content-type ${protobufType} or application/json`,
  );
}

function decoded(type: OtlpMessage, bytes: Buffer): unknown {
  try {
    return decode(type, bytes);
  } catch (error) {
    // protobufjs reports malformed bytes by errors of several classes.
    throw new AppError(platformErrors.BAD_REQUEST, `The body is not an ${type} in protobuf`, {
      cause: error,
    });
  }
}

function invalidMessage(type: string): AppError {
  return new AppError(
    platformErrors.BAD_REQUEST,
    `The body is not an ${type}, or has more than 10,000 items`,
  );
}

/** Items that are not valid are left out and counted: a client must not send them again. */
function partial(rejected: Record<string, number>): Record<string, unknown> {
  return { partialSuccess: { ...rejected, errorMessage: 'Some items are not valid' } };
}

function protobufResponse(body: Buffer): HttpResponse {
  return { status: 200, headers: { 'content-type': protobufType }, body };
}

/** 64-bit numbers are text in the JSON encoding of protobuf. */
function jsonAnswer(answer: Record<string, unknown>): HttpResponse {
  const body = JSON.stringify(answer, (_, value: unknown) =>
    typeof value === 'number' ? String(value) : value,
  );
  return { status: 200, headers: { 'content-type': 'application/json; charset=utf-8' }, body };
}
