import { lookup as resolve } from 'node:dns';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { Agent, request } from 'undici';
import { PermanentError, ProviderDownError, ThrottledError } from './provider';

const connectTimeoutMs = 5_000;
const answerTimeoutMs = 10_000;
const wholeTimeoutMs = 20_000;
const longestAnswer = 64 * 1024;

export interface OutboundRequest {
  url: string;
  headers: Record<string, string>;
  body: string | Buffer;
}

export interface OutboundAnswer {
  status: number;
  /** At most 64 KiB. */
  body: string;
  retryAfterMs: number | undefined;
}

/**
 * Sends POST requests to addresses outside. By default it reaches no private, loopback or link-local address: the address that a
 * name resolves to is checked where the connection is made, so that a name which resolves differently the next time (DNS
 * rebinding) gains nothing. Redirects are not followed.
 */
export class Outbound {
  private readonly agent: Agent;

  /** @param allowsPrivate for addresses that the operator configured, or where a setting allows private ones */
  constructor(
    private readonly allowsPrivate: boolean,
    lookup: LookupFunction = resolve,
  ) {
    const connect = { timeout: connectTimeoutMs, ...(allowsPrivate ? {} : { lookup: publicOnly(lookup) }) };
    this.agent = new Agent({ connect, connections: 50 });
  }

  /**
   * @throws PermanentError for an address that must not be reached; ProviderDownError when there is no answer in time
   */
  async post({ url, headers, body }: OutboundRequest): Promise<OutboundAnswer> {
    // An address in numbers is connected to without a lookup.
    if (!this.allowsPrivate && !isPublicHost(new URL(url).hostname)) throw new PrivateAddressError();
    try {
      const answer = await request(url, {
        method: 'POST',
        headers,
        body,
        dispatcher: this.agent,
        headersTimeout: answerTimeoutMs,
        bodyTimeout: answerTimeoutMs,
        signal: AbortSignal.timeout(wholeTimeoutMs),
      });
      return {
        status: answer.statusCode,
        body: await beginningOf(answer.body),
        retryAfterMs: retryAfterOf(answer.headers['retry-after']),
      };
    } catch (error) {
      if (error instanceof PrivateAddressError) throw error;
      const { code, name } = error as { code?: string; name: string };
      throw new ProviderDownError(`No answer (${code ?? name})`);
    }
  }

  async close(): Promise<void> {
    await this.agent.close();
  }
}

/** The error that an answer stands for; undefined for success. Details are not repeated: they may hold personal data. */
export function failureOf(service: string, { status, retryAfterMs }: OutboundAnswer): Error | undefined {
  if (status >= 200 && status < 300) return undefined;
  const reason = `${service} answered ${status}`;
  if (status === 429) return new ThrottledError(reason, retryAfterMs);
  if (status >= 500 || status === 401 || status === 403 || status === 408)
    return new ProviderDownError(reason);
  return new PermanentError(reason);
}

class PrivateAddressError extends PermanentError {
  constructor() {
    super('The address is private: only public addresses are reached, unless OUTBOUND_PRIVATE_ADDRESSES=on');
  }
}

/** Whether a host of a URL may be reached as far as that is known before a lookup. */
export function isPublicHost(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  return !ipaddr.isValid(host) || isPublic(host);
}

/** Global unicast; the forms of IPv6 that carry an IPv4 address are refused, apart from the mapped one. */
function isPublic(address: string): boolean {
  return ipaddr.process(address).range() === 'unicast';
}

function publicOnly(lookup: LookupFunction): LookupFunction {
  return (hostname, options, done) =>
    lookup(hostname, options, (error, found, family) => {
      if (error) return done(error, found, family);
      const addresses = Array.isArray(found) ? found.map(({ address }) => address) : [found];
      if (addresses.length > 0 && addresses.every(isPublic)) return done(null, found, family);
      return done(new PrivateAddressError(), found, family);
    });
}

async function beginningOf(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  // Leaving the loop destroys the stream and with it the connection.
  for await (const chunk of body) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= longestAnswer) break;
  }
  return Buffer.concat(chunks).toString('utf8', 0, longestAnswer);
}

/** Seconds; a date is left to the own pause. */
function retryAfterOf(header: string | string[] | undefined): number | undefined {
  return typeof header === 'string' && /^\d{1,6}$/.test(header) ? Number(header) * 1_000 : undefined;
}
