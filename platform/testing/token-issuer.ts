import { generateKeyPairSync, type KeyObject, randomBytes, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import jwt from 'jsonwebtoken';
import { type Clock, systemClock } from '../clock';
import type { ApiKeyFacts } from '../security/credentials';

/** What a test wants a token to say; the rest is as a right one has it. */
export interface TokenFacts {
  userId?: string;
  sessionId?: string;
  roles?: string[];
  permissions?: string[];
  /** Seconds from now. */
  expiresIn?: number;
  /** Claims to add or to replace. */
  claims?: Record<string, unknown>;
  /** Header fields to add or to replace. */
  header?: Record<string, string>;
}

/**
 * Stands in for auth: publishes a key set on a port of its own, signs access tokens that belong to it, and knows the API keys that it
 * makes.
 */
export class TokenIssuer {
  readonly kid = randomUUID();
  readonly privateKey: KeyObject;
  /** As /.well-known/jwks.json has it. */
  readonly keySet: { keys: object[] };
  private readonly server: Server;
  private readonly apiKeys = new Map<string, ApiKeyFacts>();

  private constructor(
    private readonly expected: { issuer: string; audience: string },
    private readonly clock: Clock,
  ) {
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.privateKey = pair.privateKey;
    const jwk = { ...pair.publicKey.export({ format: 'jwk' }), kid: this.kid, alg: 'ES256', use: 'sig' };
    this.keySet = { keys: [jwk] };
    this.server = createServer(async (request, response) => {
      const answer = await this.answer(request);
      response.writeHead(answer ? 200 : 404, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answer ?? {}));
    });
  }

  static async start(
    expected = { issuer: 'https://plinth.local', audience: 'plinth' },
    clock: Clock = systemClock,
  ): Promise<TokenIssuer> {
    const issuer = new TokenIssuer(expected, clock);
    await new Promise<void>(resolve => issuer.server.listen(0, '127.0.0.1', resolve));
    return issuer;
  }

  /** The value of AUTH_URL for a service. */
  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  token(facts: TokenFacts = {}): string {
    const now = Math.floor(this.clock.now() / 1000);
    const claims = {
      iss: this.expected.issuer,
      aud: this.expected.audience,
      sub: facts.userId ?? randomUUID(),
      sid: facts.sessionId ?? randomUUID(),
      jti: randomUUID(),
      iat: now,
      exp: now + (facts.expiresIn ?? 900),
      scope: (facts.permissions ?? []).join(' '),
      roles: facts.roles ?? [],
      ...facts.claims,
    };
    return jwt.sign(claims, this.privateKey, {
      algorithm: 'ES256',
      header: { alg: 'ES256', typ: 'at+jwt', kid: this.kid, ...facts.header },
    });
  }

  /** An API key, for the header `x-api-key`, and its id. */
  apiKey(facts: Partial<ApiKeyFacts>): { id: string; key: string } {
    const id = randomUUID();
    const key = `plk_${randomBytes(6).toString('hex')}_${randomBytes(32).toString('base64url')}`;
    this.apiKeys.set(key, { id, scopes: [], expiresAt: null, createdBy: randomUUID(), ...facts });
    return { id, key };
  }

  private async answer(request: IncomingMessage): Promise<object | undefined> {
    if (request.url === '/.well-known/jwks.json') return this.keySet;
    if (request.url !== '/api-keys/introspect') return undefined;
    return this.apiKeys.get(((await json(request)) as { key: string }).key);
  }

  close(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise(resolve => this.server.close(() => resolve()));
  }
}
