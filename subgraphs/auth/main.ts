import type { Database } from '../../platform/database/database';
import { AppError, notFound, platformErrors } from '../../platform/errors';
import { InProcessBus } from '../../platform/events/in-process-bus';
import { Housekeeping } from '../../platform/housekeeping';
import { jsonResponse } from '../../platform/http/response';
import type { Route } from '../../platform/http/router';
import { personalDataHandlers } from '../../platform/personal-data';
import {
  type ProcessContext,
  type RunningService,
  runService,
  type ServiceModule,
} from '../../platform/process';
import type { Authenticator } from '../../platform/security/authenticator';
import { openKeyring } from '../../platform/security/keyring-settings';
import { startService } from '../../platform/service';
import { openServiceContext } from '../../platform/service-context';
import { requireStoredKeys } from '../../platform/stored-keys';
import { Administrators } from './accounts/administrators';
import { type AuthConfig, authSettings, firstAdministrator, readAuthConfig } from './config';
import { authDomain } from './domain';
import { type RoleChanged, roleChanged, type UserRolesChanged, userRolesChanged } from './events';
import { ExpiredRows } from './expired-rows';
import { subgraph } from './graphql';
import { accountPages } from './http/account-pages';
import { Loaders } from './loaders';
import { migrations } from './migrations';
import { Passwords } from './passwords/passwords';
import { AccountData } from './personal-data';
import { rest } from './rest';
import { Secrets } from './secrets';
import { recordRoleChange } from './security-events/role-changes';
import { commandRoutes } from './service-commands';
import { encryptedColumns, entities } from './tables';
import { ApiKeys } from './tokens/api-keys';
import { Introspections } from './tokens/introspections';
import { recentRevocations } from './tokens/recent-revocations';
import { keySetMaxAge, SigningKeys } from './tokens/signing-keys';

export interface AuthService extends RunningService {
  /** Whether an account with the administrator role exists. Otherwise `npm run admin:create` makes one. */
  hasAdministrator(): Promise<boolean>;
}

/** Starts the auth service: accounts, sign-ins, sessions, and the tokens that prove them. `domain.ts` wires its domain. */
export async function startAuth(config: AuthConfig, shared: ProcessContext): Promise<AuthService> {
  const { clock, bus } = shared;
  const keyring = await openKeyring(config);
  let signingKeys!: SigningKeys;
  let apiKeys!: ApiKeys;
  // This service verifies tokens and API keys with its own rows, where the others ask it over HTTP.
  const context = await openServiceContext('auth', config, shared, { entities, migrations }, async opened => {
    await requireStoredKeys(opened.database, keyring, encryptedColumns);
    signingKeys = await SigningKeys.open(opened.database, keyring, opened.logger, config.signingKeyRotation);
    apiKeys = new ApiKeys(opened.database, opened.relay, clock);
    return { keys: signingKeys, apiKeys };
  });
  const { database, logger } = context;
  const passwords = new Passwords(config.bcryptCost);
  const administrators = new Administrators(database, passwords);
  const service = await startService(context, config, async () => {
    const secrets = await Secrets.open(database, keyring);
    passwords.coverCost(await highestCost(database));
    await createFirstAdministrator(administrators, config);
    // A bus over Redis keeps its events; the one in this process is new.
    if (bus instanceof InProcessBus) bus.remember(await recentRevocations(database));

    const domain = authDomain(config, context, { keyring, secrets, passwords, signingKeys, apiKeys });
    await context.consume({
      [userRolesChanged]: (event, tx) =>
        domain.access.apply(event.data as UserRolesChanged, event.occurredAt, tx),
      [roleChanged]: (event, tx) => recordRoleChange(event.data as RoleChanged, event.occurredAt, tx),
      ...personalDataHandlers('auth', { data: new AccountData(domain.revocations, clock), keyring }),
    });
    const expiredRows = new ExpiredRows(database, signingKeys, config.securityEventRetention);
    const housekeeping = new Housekeeping(10 * 60_000, [() => expiredRows.prune()], logger);
    context.resources.defer(() => housekeeping.stop());
    context.resources.defer(() => signingKeys.stop());
    housekeeping.start();
    signingKeys.start();
    return {
      subgraph: subgraph(domain),
      context: request => ({ ...request, loaders: new Loaders(domain, request.caller) }),
      rest,
      routes: [
        keySetRoute(signingKeys),
        apiKeyRoute(apiKeys),
        introspectionRoute(new Introspections(domain.validations, apiKeys), context.identity.authenticator),
        ...commandRoutes(domain, { keyring, clock }),
        ...accountPages(domain, config.trustedProxies),
      ],
    };
  });
  return { ...service, hasAdministrator: () => administrators.exist() };
}

async function createFirstAdministrator(administrators: Administrators, config: AuthConfig): Promise<void> {
  const { adminEmail: email, adminPassword: password } = config;
  if (email === undefined || password === undefined) return;
  await administrators.ensureFirst({ username: firstAdministrator, email, password });
}

/** The highest bcrypt cost of the accounts, 0 without any. It reads every account once: hashes do not change often enough for an index. */
async function highestCost(database: Database): Promise<number> {
  // `$2b$12$…`: the cost is in the fifth and sixth character.
  const [row] = (await database.read.query(
    'SELECT MAX(SUBSTR(password_hash, 5, 2)) AS cost FROM accounts',
  )) as { cost: string | null }[];
  return Number(row?.cost ?? 0);
}

function keySetRoute(keys: SigningKeys): Route {
  return {
    method: 'GET',
    path: '/.well-known/jwks.json',
    quiet: true,
    handle: () => jsonResponse(200, keys.keySet(), { 'cache-control': `public, max-age=${keySetMaxAge}` }),
  };
}

/** Token introspection (RFC 7662): the body is a form with `token`, an access token or an API key. */
function introspectionRoute(introspections: Introspections, authenticator: Authenticator): Route {
  return {
    method: 'POST',
    path: '/introspect',
    quiet: true,
    handle: async request => {
      const caller = await authenticator.authenticate(request.headers);
      const [token, ...others] = new URLSearchParams((await request.body(10_000)).toString()).getAll('token');
      if (token === undefined || others.length > 0) {
        throw new AppError(platformErrors.BAD_REQUEST, 'Send one token as a form: token=…');
      }
      return jsonResponse(200, await introspections.introspect(caller, token), {
        'cache-control': 'no-store',
      });
    },
  };
}

/** Verifies API keys for the other servers ask it about a key they do not know. The caller sends the whole key. */
function apiKeyRoute(apiKeys: ApiKeys): Route {
  return {
    method: 'POST',
    path: '/api-keys/introspect',
    quiet: true,
    handle: async request => {
      const body = await request.json(1_000);
      const key = (body as { key?: unknown } | null)?.key;
      const facts = typeof key === 'string' ? await apiKeys.find(key) : undefined;
      if (facts === undefined) throw notFound('API key');
      return jsonResponse(200, facts, { 'cache-control': 'no-store' });
    },
  };
}

export const service: ServiceModule<AuthConfig> = {
  name: 'auth',
  settings: authSettings,
  readConfig: readAuthConfig,
  start: startAuth,
};

if (require.main === module) void runService(service);
