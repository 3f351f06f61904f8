import type { Clock } from '../clock';
import type { EventBus } from '../events/event-bus';
import { type KeySource, RemoteKeySet, TokenVerifier } from './access-tokens';
import { type ApiKeySource, ApiKeyVerifier, RemoteApiKeys } from './api-keys';
import { Authenticator } from './authenticator';
import { Revocations } from './revocations';

/** The parts with which a server identifies its callers. */
export interface Identity {
  readonly tokens: TokenVerifier;
  readonly revocations: Revocations;
  readonly authenticator: Authenticator;
}

/** The sources of credentials: the tables of auth inside of it, its HTTP endpoints elsewhere. */
export interface CredentialSources {
  keys: KeySource;
  apiKeys: ApiKeySource;
}

/** @param sources by default the auth service over HTTP */
export async function openIdentity(options: {
  config: { authUrl?: string | undefined; authPort: number; tokenIssuer: string; tokenAudience: string };
  bus: EventBus;
  clock: Clock;
  sources?: CredentialSources;
}): Promise<Identity> {
  const { config, bus, clock } = options;
  const authUrl = config.authUrl ?? `http://127.0.0.1:${config.authPort}`;
  const { keys, apiKeys } = options.sources ?? {
    keys: new RemoteKeySet(new URL('/.well-known/jwks.json', authUrl).href, clock),
    apiKeys: new RemoteApiKeys(new URL('/api-keys/introspect', authUrl).href),
  };
  const revocations = new Revocations(clock);
  await revocations.follow(bus);
  const tokens = new TokenVerifier(
    keys,
    { issuer: config.tokenIssuer, audience: config.tokenAudience },
    revocations,
    clock,
  );
  const verifier = new ApiKeyVerifier(apiKeys, revocations, clock);
  return { tokens, revocations, authenticator: new Authenticator(tokens, revocations, verifier) };
}
