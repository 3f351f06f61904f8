import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { request } from 'undici';
import type { Clock } from '../clock';
import { type AppError, platformErrors, unauthenticated, unavailable } from '../errors';
import type { ApiKeyFacts } from './credentials';
import type { Revocations } from './revocations';

/** Where API keys are known. */
export interface ApiKeySource {
  /** Undefined for a key that is unknown, revoked or expired. Throws when it cannot be asked. */
  find(key: string): Promise<ApiKeyFacts | undefined>;
}

/** `plk_`, twelve digits that are shown to recognise it, and 256 random bits. */
export const apiKeyPattern = /^plk_([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/;

/** How long a found key is believed without asking again, in ms. Its revocation arrives by itself, and sooner. */
const believedMs = 60_000;
const disbelievedMs = 5_000;

/**
 * Verifies API keys, asking the source at most once a minute for each. What it remembers is bounded and keyed by a hash:
 * the keys themselves are not kept.
 */
export class ApiKeyVerifier {
  private readonly known = new LRUCache<string, { facts: ApiKeyFacts | undefined; until: number }>({
    max: 5_000,
  });
  private readonly asking = new Map<string, Promise<ApiKeyFacts | undefined>>();

  constructor(
    private readonly source: ApiKeySource,
    private readonly revocations: Pick<Revocations, 'isKeyRevoked'>,
    private readonly clock: Clock,
  ) {}

  /** @throws AppError 401 for a key that is not good, 503 when that cannot be known right now */
  async verify(key: string): Promise<ApiKeyFacts> {
    if (!apiKeyPattern.test(key)) throw notGood();
    const facts = await this.find(key);
    if (facts === undefined || this.revocations.isKeyRevoked(facts)) throw notGood();
    if (facts.expiresAt !== null && facts.expiresAt <= this.clock.now()) throw notGood();
    return facts;
  }

  private async find(key: string): Promise<ApiKeyFacts | undefined> {
    const hash = createHash('sha256').update(key).digest('base64url');
    const now = this.clock.now();
    const known = this.known.get(hash);
    if (known !== undefined && known.until > now) return known.facts;
    let asked = this.asking.get(hash);
    if (asked === undefined) {
      asked = this.source.find(key).finally(() => this.asking.delete(hash));
      this.asking.set(hash, asked);
    }
    const facts = await asked;
    this.known.set(hash, { facts, until: now + (facts === undefined ? disbelievedMs : believedMs) });
    return facts;
  }
}

function notGood(): AppError {
  return unauthenticated('The API key is not valid', platformErrors.API_KEY_INVALID);
}

/** The keys the auth service knows, asked over HTTP. */
export class RemoteApiKeys implements ApiKeySource {
  constructor(
    private readonly url: string,
    private readonly timeoutMs = 3_000,
  ) {}

  async find(key: string): Promise<ApiKeyFacts | undefined> {
    try {
      const response = await request(this.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ key }),
        headersTimeout: this.timeoutMs,
        bodyTimeout: this.timeoutMs,
      });
      if (response.statusCode === 404) {
        await response.body.dump();
        return undefined;
      }
      if (response.statusCode !== 200) throw new Error(`the auth service answered ${response.statusCode}`);
      return (await response.body.json()) as ApiKeyFacts;
    } catch (error) {
      throw unavailable('API keys cannot be checked right now', error);
    }
  }
}
