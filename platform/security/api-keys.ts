import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { request } from 'undici';
import type { Clock } from '../clock';
import { type AppError, platformErrors, unauthenticated, unavailable } from '../errors';
import type { ApiKeyFacts } from './credentials';
import type { Revocations } from './revocations';

/** A source of the facts of API keys. */
export interface ApiKeySource {
  /** Undefined for a key that is unknown, revoked or expired. @throws AppError 503 when the source does not answer */
  find(key: string): Promise<ApiKeyFacts | undefined>;
}

/** `plk_`, a public prefix of twelve digits, and 256 random bits. */
export const apiKeyPattern = /^plk_([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/;

/** How long facts are cached, in ms. A revocation arrives earlier through the feed. */
const cacheMs = 60_000;
const negativeCacheMs = 5_000;

/** Verifies API keys with a bounded cache of one minute, whose keys are hashes of the API keys. */
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

  /** @throws AppError 401 for an invalid key; 503 when the source does not answer */
  async verify(key: string): Promise<ApiKeyFacts> {
    if (!apiKeyPattern.test(key)) throw invalidKey();
    const facts = await this.find(key);
    if (facts === undefined || this.revocations.isKeyRevoked(facts)) throw invalidKey();
    if (facts.expiresAt !== null && facts.expiresAt <= this.clock.now()) throw invalidKey();
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
    this.known.set(hash, { facts, until: now + (facts === undefined ? negativeCacheMs : cacheMs) });
    return facts;
  }
}

function invalidKey(): AppError {
  return unauthenticated('The API key is not valid', platformErrors.API_KEY_INVALID);
}

/** Asks the auth service over HTTP. */
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
      throw unavailable('API keys cannot be checked now', error);
    }
  }
}
