import { createPublicKey, verify } from 'node:crypto';

/** Introspection answers are used for this long, so a revocation takes effect within this time. */
const cachedMs = 1_000;
const mostCached = 10_000;

/** The caller of a request, verified with the auth service. */
export class Callers {
  #keys = new Map();
  #introspections = new Map();

  /**
   * @param authUrl base URL of the auth service
   * @param apiKey an API key with the scope `tokens:introspect`
   */
  constructor({ authUrl, apiKey, issuer = 'https://plinth.local', audience = 'plinth' }) {
    Object.assign(this, { authUrl, apiKey, issuer, audience });
  }

  /** @returns undefined for a request without a credential. @throws Error with a `status`: 401 for a bad credential, 503 without auth */
  async of(headers) {
    const apiKey = headers['x-api-key'];
    const [, token] = /^bearer +(\S+)$/i.exec(headers.authorization ?? '') ?? [];
    if (headers.authorization !== undefined && token === undefined) throw refusal(401, 'TOKEN_INVALID');
    if (apiKey === undefined && token === undefined) return undefined;
    // A forged token is refused here, without a request to the auth service.
    if (token !== undefined) await this.#checkSignature(token);
    const answer = await this.#introspect(token ?? apiKey);
    if (!answer.active) throw refusal(401, token === undefined ? 'API_KEY_INVALID' : 'TOKEN_REVOKED');
    const scopes = answer.scope.split(' ');
    return {
      kind: answer.kind,
      id: answer.sub,
      may: permission => scopes.some(scope => grants(scope, permission)),
    };
  }

  async #checkSignature(token) {
    const [header, payload, signature, ...rest] = token.split('.');
    const { alg, typ, kid } = decoded(header);
    if (alg !== 'ES256' || typ !== 'at+jwt' || signature === undefined || rest.length > 0) {
      throw refusal(401, 'TOKEN_INVALID');
    }
    const key = await this.#key(kid);
    const data = Buffer.from(`${header}.${payload}`);
    const bytes = Buffer.from(signature, 'base64url');
    const isSigned = key !== undefined && verify('sha256', data, { key, dsaEncoding: 'ieee-p1363' }, bytes);
    const { iss, aud, exp } = decoded(payload);
    if (!isSigned || iss !== this.issuer || aud !== this.audience) throw refusal(401, 'TOKEN_INVALID');
    if (exp * 1000 <= Date.now()) throw refusal(401, 'TOKEN_EXPIRED');
  }

  #fetchedAt = 0;

  /** Keys rotate: an unknown key id makes the key set fetched again, at most every five seconds. */
  async #key(kid) {
    if (!this.#keys.has(kid) && Date.now() - this.#fetchedAt > 5_000) {
      const { keys } = await this.#ask('/.well-known/jwks.json', {});
      this.#keys = new Map(keys.map(jwk => [jwk.kid, createPublicKey({ key: jwk, format: 'jwk' })]));
      this.#fetchedAt = Date.now();
    }
    return this.#keys.get(kid);
  }

  /** Token introspection (RFC 7662), for access tokens and API keys. */
  async #introspect(token) {
    const known = this.#introspections.get(token);
    if (known !== undefined && known.until > Date.now()) return known.answer;
    const answer = await this.#ask('/introspect', {
      method: 'POST',
      headers: { 'x-api-key': this.apiKey },
      body: new URLSearchParams({ token }),
    });
    if (this.#introspections.size >= mostCached) this.#introspections.clear();
    this.#introspections.set(token, { answer, until: Date.now() + cachedMs });
    return answer;
  }

  async #ask(path, options) {
    const response = await fetch(new URL(path, this.authUrl), {
      signal: AbortSignal.timeout(3_000),
      ...options,
    }).catch(() => undefined);
    if (response?.status !== 200) throw refusal(503, 'SERVICE_UNAVAILABLE');
    return response.json();
  }
}

/** `*` grants everything, `wishes:*` everything that begins with `wishes:`. */
function grants(scope, permission) {
  return scope === permission || (/^(.+:)?\*$/.test(scope) && permission.startsWith(scope.slice(0, -1)));
}

function decoded(part) {
  try {
    const value = JSON.parse(Buffer.from(part ?? '', 'base64url').toString('utf8'));
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // It is refused below.
  }
  throw refusal(401, 'TOKEN_INVALID');
}

function refusal(status, code) {
  return Object.assign(new Error('The credential cannot be accepted'), { status, code });
}
