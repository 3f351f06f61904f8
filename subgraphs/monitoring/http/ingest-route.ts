import type { Clock } from '../../../platform/clock';
import { AppError, platformErrors } from '../../../platform/errors';
import { assertUtf8, parseContentType } from '../../../platform/http/body';
import type { HttpRequest } from '../../../platform/http/request';
import { jsonResponse } from '../../../platform/http/response';
import type { Route } from '../../../platform/http/router';
import type { Authenticator } from '../../../platform/security/authenticator';
import type { Keyring } from '../../../platform/security/keyring';
import { isServiceAuthorization, requireSignature } from '../../../platform/service-commands';
import type { LogFormat } from '../logs/log-lines';
import type { LogStore } from '../logs/log-store';
import type { Logs } from '../logs/logs';

/** Bytes of a body as it is sent, and of what a compressed one becomes. */
export const maxBody = 8 * 1024 * 1024;
const maxInflated = 32 * 1024 * 1024;

const formats: Readonly<Record<string, LogFormat>> = {
  'application/json': 'json',
  'application/x-ndjson': 'ndjson',
  'application/ndjson': 'ndjson',
  'application/jsonl': 'ndjson',
};

/**
 * `POST /logs`: one entry or a list as JSON, or one a line as NDJSON; gzip is accepted. Plinth's services sign their requests (service-commands.ts);
 * others need a credential with `logs:write`.
 */
export function ingestRoute(parts: {
  logs: Logs;
  store: Pick<LogStore, 'withRoom'>;
  authenticator: Pick<Authenticator, 'authenticate'>;
  keyring: Keyring;
  clock: Clock;
}): Route {
  const { logs, store, authenticator } = parts;
  return {
    method: 'POST',
    path: '/logs',
    // A request that brings lines must not make a line of its own each time.
    quiet: true,
    handle: async request => {
      const authorization = request.header('authorization');
      const isService = isServiceAuthorization(authorization);
      const caller = isService ? undefined : await authenticator.authenticate(request.headers);
      caller?.require('logs:write');
      const format = formatOf(request);
      const declared = Number(request.header('content-length') ?? maxBody);
      const { accepted, rejected } = await store.withRoom(declared, async () => {
        const body = await request.body(maxBody, maxInflated);
        if (caller !== undefined) return logs.ingest(caller, body, format);
        requireSignature(parts, request.path, body, authorization);
        return logs.append(body, format);
      });
      return jsonResponse(202, { accepted, rejected }, { 'cache-control': 'no-store' });
    },
  };
}

function formatOf(request: HttpRequest): LogFormat {
  const { mime, charset } = parseContentType(request.header('content-type'));
  const format = Object.hasOwn(formats, mime) ? formats[mime] : undefined;
  if (format === undefined) {
    throw new AppError(
      platformErrors.UNSUPPORTED_MEDIA_TYPE,
      'Send the entries as content-type application/json or application/x-ndjson',
    );
  }
  assertUtf8(charset);
  return format;
}
