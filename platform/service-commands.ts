import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { type Dispatcher, request } from 'undici';
import type { Clock } from './clock';
import {
  AppError,
  type ErrorDetails,
  notFound,
  platformErrors,
  unauthenticated,
  unavailable,
} from './errors';
import { parseJson } from './http/body';
import type { HttpRequest } from './http/request';
import { jsonResponse } from './http/response';
import type { Route } from './http/router';
import { currentTrace, traceparentOf } from './observability/tracing';
import type { Keyring } from './security/keyring';

/**
 * Commands between services, for actions that another service must finish before this one can answer. Queries do not use them.
 * The sender signs a command (Keyring.sign) with ENCRYPTION_KEYS, which services have and clients do not. The signature
 * covers method, path, body and expiry; the idempotency key makes a replay harmless.
 */
const purpose = 'service command';
const scheme = 'Plinth-Service';
/** Allows for the network and for the difference of two clocks. */
const validMs = 60_000;
const bodyLimit = 64 * 1024;
/** Statuses that refuse a command for good. */
const answers = new Set([409, 422]);

/** Sends commands to one service. */
export class ServiceCommands {
  constructor(
    private readonly url: string,
    private readonly keyring: Keyring,
    private readonly clock: Clock,
    private readonly timeoutMs = 8_000,
  ) {}

  /**
   * @throws AppError 409 and 422 with the answer of the service; 503 when it did not answer or failed, with an unknown outcome
   */
  async send(path: string, command: unknown): Promise<unknown> {
    const { statusCode: status, body: answer } = await this.post(path, command);
    const text = await answer.text().catch(error => {
      throw noAnswer(error);
    });
    if (status === 200) return JSON.parse(text);
    if (status === 401) {
      throw new Error(`${path} refused the signature: all services need the same ENCRYPTION_KEYS`);
    }
    // Other statuses may come from a proxy, or from an older version without this command.
    if (!answers.has(status)) {
      throw unavailable('A required service cannot do this now', new Error(`it answered ${status}`));
    }
    const { error, message, details } = JSON.parse(text) as {
      error: string;
      message: string;
      details: ErrorDetails | null;
    };
    throw new AppError({ code: error, status }, message, { details: details ?? undefined });
  }

  /**
   * The bytes that a `streamRoute` gives; undefined when it has none. The stream fails when they break off.
   *
   * @throws AppError 503 when the service does not answer, or cannot give them now
   */
  async read(path: string, command: unknown): Promise<Readable | undefined> {
    const { statusCode, body } = await this.post(path, command);
    if (statusCode === 200) return body;
    await body.dump();
    if (statusCode === 404) return undefined;
    throw unavailable('A required service cannot do this now', new Error(`it answered ${statusCode}`));
  }

  private async post(path: string, command: unknown): Promise<Dispatcher.ResponseData> {
    const body = Buffer.from(JSON.stringify(command), 'utf8');
    const trace = currentTrace();
    try {
      return await request(new URL(path, this.url), {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: signedAuthorization(this.keyring, path, body, this.clock.now()),
          ...(trace === undefined ? {} : { traceparent: traceparentOf(trace) }),
        },
        body,
        headersTimeout: this.timeoutMs,
        bodyTimeout: this.timeoutMs,
      });
    } catch (error) {
      throw noAnswer(error);
    }
  }
}

function noAnswer(error: unknown): AppError {
  return unavailable('A required service does not answer now', error);
}

interface Verifier {
  keyring: Keyring;
  clock: Clock;
}

/** Answers a command. @throws AppError 401 for a request without a valid signature */
export function commandRoute(
  path: string,
  verifier: Verifier,
  handle: (command: unknown) => Promise<unknown>,
): Route {
  return {
    method: 'POST',
    path,
    handle: async incoming => {
      const command = await signedCommand(verifier, path, incoming);
      return jsonResponse(200, await handle(command), { 'cache-control': 'no-store' });
    },
  };
}

/**
 * Answers a command with bytes as they are read.
 *
 * @throws AppError 401 for a request without a valid signature, 404 when `handle` has none
 */
export function streamRoute(
  path: string,
  verifier: Verifier,
  handle: (command: unknown) => Promise<{ size: number; bytes: AsyncIterable<Uint8Array> } | undefined>,
): Route {
  return {
    method: 'POST',
    path,
    handle: async incoming => {
      const found = await handle(await signedCommand(verifier, path, incoming));
      if (found === undefined) throw notFound('Content');
      return {
        status: 200,
        headers: {
          'content-type': 'application/octet-stream',
          'content-length': String(found.size),
          'cache-control': 'no-store',
        },
        body: found.bytes,
      };
    },
  };
}

/** @throws AppError 401 for a request without a valid signature */
async function signedCommand(
  verifier: Verifier,
  path: string,
  incoming: Pick<HttpRequest, 'body' | 'header'>,
): Promise<unknown> {
  const body = await incoming.body(bodyLimit);
  requireSignature(verifier, path, body, incoming.header('authorization'));
  return parseJson(body);
}

/** The `authorization` header with which a service signs a request: method POST, the path, the body and a time of expiry. */
export function signedAuthorization(keyring: Keyring, path: string, body: Buffer, now: number): string {
  const expires = now + validMs;
  return `${scheme} ${expires}.${keyring.sign(signed(path, expires, body), purpose)}`;
}

/** Whether an `authorization` header claims to be of a service. */
export function isServiceAuthorization(header: string | undefined): boolean {
  return header?.startsWith(`${scheme} `) ?? false;
}

/** @throws AppError 401 for a request without a valid signature */
export function requireSignature(
  { keyring, clock }: Verifier,
  path: string,
  body: Buffer,
  header: string | undefined,
): void {
  const [, expires = '', signature = ''] =
    /^Plinth-Service (\d{1,15})\.([A-Za-z0-9._-]{1,200})$/.exec(header ?? '') ?? [];
  const left = Number(expires) - clock.now();
  const isSigned = keyring.isSigned(signed(path, Number(expires), body), signature, purpose);
  if (isSigned && left > 0 && left <= 2 * validMs) return;
  throw unauthenticated('Only services may send this command', platformErrors.SERVICE_SIGNATURE_INVALID);
}

function signed(path: string, expires: number, body: Buffer): string {
  return `POST ${path}\n${expires}\n${createHash('sha256').update(body).digest('base64url')}`;
}
