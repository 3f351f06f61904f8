import { notFound } from '../../platform/errors';
import { InProcessBus } from '../../platform/events/event-bus';
import { consume } from '../../platform/events/outbox';
import { jsonResponse } from '../../platform/http/response';
import type { Route } from '../../platform/http/router';
import { personalDataHandlers } from '../../platform/personal-data';
import { type ProcessContext, runService, type ServiceDefinition } from '../../platform/process';
import { openKeyring } from '../../platform/security/keyring-settings';
import { type RunningService, startService } from '../../platform/service';
import { openServiceContext } from '../../platform/service-context';
import { AccessTokens } from './access-tokens';
import { AccountCreations } from './account-creations';
import { AccountTokens } from './account-tokens';
import { Accounts } from './accounts';
import { Administrators } from './administrators';
import { recentAnnouncements } from './announcements';
import { ApiKeys } from './api-keys';
import { commandRoutes } from './commands';
import { type AuthConfig, authSettings, firstAdministrator, readAuthConfig } from './config';
import { EmailVerifications } from './email-verifications';
import { type UserRolesChanged, userRolesChanged } from './events';
import { subgraph } from './graphql';
import { Housekeeping } from './housekeeping';
import { Loaders } from './loaders';
import { LoginChallenges } from './login-challenges';
import { LoginThrottle } from './login-throttle';
import { Logins } from './logins';
import { MailLimits } from './mail-limits';
import { migrations } from './migrations';
import { PasswordChanges } from './password-changes';
import { PasswordResets } from './password-resets';
import { Passwords } from './passwords';
import { AccountData } from './personal-data';
import { Reauthentications } from './reauthentications';
import { RecoveryCodes } from './recovery-codes';
import { RefreshTokens } from './refresh-tokens';
import { rest } from './rest';
import { Secrets } from './secrets';
import { SecurityEvents } from './security-events';
import { Sessions } from './sessions';
import { keySetMaxAge, SigningKeys } from './signing-keys';
import { entities } from './tables';
import { TokenValidations } from './token-validations';
import { TotpFactors } from './totp-factors';

export interface AuthService extends RunningService {
  /** Whether there is anybody who may do everything; while there is not, `npm run admin:create` makes one. */
  hasAdministrator(): Promise<boolean>;
}

/** The service that knows who is who: accounts, sign-ins, sessions and the tokens that prove them. */
export async function startAuth(config: AuthConfig, shared: ProcessContext): Promise<AuthService> {
  const { clock, bus } = shared;
  const keyring = await openKeyring(config);
  let signingKeys!: SigningKeys;
  let apiKeys!: ApiKeys;
  // It signs the tokens and keeps the keys, so it verifies them with what it has instead of asking itself over HTTP.
  const context = await openServiceContext('auth', config, shared, { entities, migrations }, async opened => {
    signingKeys = await SigningKeys.open(opened.database, keyring, opened.logger, config.signingKeyRotation);
    apiKeys = new ApiKeys(opened.database, opened.relay, clock);
    return { keys: signingKeys, apiKeys };
  });
  const { database, relay, metrics, logger, identity } = context;
  try {
    const secrets = await Secrets.open(database, keyring);
    const passwords = new Passwords(config.bcryptCost);
    const administrators = new Administrators(database, passwords);
    const { adminEmail: email, adminPassword: password } = config;
    if (email !== undefined && password !== undefined) {
      await administrators.ensureFirst({ username: firstAdministrator, email, password });
    }
    // A bus over Redis remembers by itself.
    if (bus instanceof InProcessBus) bus.remember(await recentAnnouncements(database));

    const accessTokens = new AccessTokens(
      signingKeys,
      { issuer: config.tokenIssuer, audience: config.tokenAudience, ttlSeconds: config.accessTokenTtl },
      clock,
    );
    const sessions = new Sessions(
      database,
      accessTokens,
      new RefreshTokens(secrets.keyFor('refresh tokens')),
      { relay, revocations: identity.revocations },
      config.refreshTokenTtl,
      logger,
    );
    const accountTokens = new AccountTokens(keyring, clock);
    const mailLimits = new MailLimits(database, secrets.keyFor('mail limits'));
    const throttle = new LoginThrottle(database, secrets.keyFor('login throttle'));
    const registered = metrics.counter('plinth_registrations_total', 'Accounts that were registered');
    const accounts = new Accounts(database, sessions, passwords, accountTokens, registered);
    const creations = new AccountCreations(
      database,
      passwords,
      accountTokens,
      secrets.keyFor('account creations'),
      registered,
    );
    const factors = new TotpFactors(
      database,
      keyring,
      new RecoveryCodes(secrets.keyFor('recovery codes')),
      sessions,
      throttle,
      config.totpIssuer,
    );
    const logins = new Logins(
      database,
      sessions,
      passwords,
      throttle,
      { factors, challenges: new LoginChallenges(database) },
      metrics.counter('plinth_logins_total', 'Sign-ins by outcome', ['outcome']),
    );
    const reauthentications = new Reauthentications(database, sessions, passwords, throttle, factors);
    const securityEvents = new SecurityEvents(database);
    const emailVerifications = new EmailVerifications(database, accountTokens, mailLimits);
    const passwordChanges = new PasswordChanges(
      database,
      sessions,
      passwords,
      throttle,
      accountTokens,
      factors,
    );
    const passwordResets = new PasswordResets(
      database,
      sessions,
      passwords,
      throttle,
      accountTokens,
      mailLimits,
      factors,
    );
    const validations = new TokenValidations(database, identity.tokens);

    const subscription = await consume(database, bus, 'auth', {
      [userRolesChanged]: (event, tx) =>
        accounts.noteRoles(event.data as UserRolesChanged, event.occurredAt, tx),
      ...personalDataHandlers('auth', { data: new AccountData(sessions), keyring }),
    });
    const housekeeping = new Housekeeping(database, signingKeys, logger, config.securityEventRetention);
    housekeeping.start();
    signingKeys.start();

    const service = await startService({
      name: 'auth',
      config,
      logger,
      metrics,
      authenticator: identity.authenticator,
      subgraph: subgraph({
        accounts,
        apiKeys,
        emailVerifications,
        factors,
        logins,
        passwordChanges,
        passwordResets,
        reauthentications,
        securityEvents,
        sessions,
        signingKeys,
        validations,
      }),
      context: request => ({ ...request, loaders: new Loaders(accounts, sessions, factors, securityEvents) }),
      rest,
      routes: [
        keySetRoute(signingKeys),
        introspectionRoute(apiKeys),
        ...commandRoutes(creations, { keyring, clock }),
      ],
      ready: context.ready,
      close: async () => {
        signingKeys.stop();
        await housekeeping.stop();
        await subscription.close();
        await context.close();
      },
    });
    return { ...service, hasAdministrator: () => administrators.exist() };
  } catch (error) {
    await context.close();
    throw error;
  }
}

function keySetRoute(keys: SigningKeys): Route {
  return {
    method: 'GET',
    path: '/.well-known/jwks.json',
    quiet: true,
    handle: () => jsonResponse(200, keys.keySet(), { 'cache-control': `public, max-age=${keySetMaxAge}` }),
  };
}

/** What the other servers ask about an API key that they do not know yet. It tells nothing to who does not hold it. */
function introspectionRoute(apiKeys: ApiKeys): Route {
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

export const service: ServiceDefinition<AuthConfig> = {
  name: 'auth',
  settings: authSettings,
  readConfig: readAuthConfig,
  start: startAuth,
};

if (require.main === module) void runService(service);
