import { notFound } from '../../platform/errors';
import { InProcessBus } from '../../platform/events/event-bus';
import { jsonResponse } from '../../platform/http/response';
import type { Route } from '../../platform/http/router';
import { personalDataHandlers } from '../../platform/personal-data';
import { type ProcessContext, type RunningService, runService } from '../../platform/process';
import { openKeyring } from '../../platform/security/keyring-settings';
import { startService } from '../../platform/service';
import { openServiceContext } from '../../platform/service-context';
import { AccountCreations } from './accounts/account-creations';
import { AccountTokens } from './accounts/account-tokens';
import { Accounts } from './accounts/accounts';
import { Administrators } from './accounts/administrators';
import { EmailVerifications } from './accounts/email-verifications';
import { MailLimits } from './accounts/mail-limits';
import { type AuthConfig, firstAdministrator, readAuthConfig } from './config';
import { type UserRolesChanged, userRolesChanged } from './events';
import { subgraph } from './graphql';
import { Housekeeping } from './housekeeping';
import { Loaders } from './loaders';
import { migrations } from './migrations';
import { PasswordChanges } from './passwords/password-changes';
import { PasswordResets } from './passwords/password-resets';
import { Passwords } from './passwords/passwords';
import { AccountData } from './personal-data';
import { rest } from './rest';
import { RecoveryCodes } from './second-factor/recovery-codes';
import { TotpFactors } from './second-factor/totp-factors';
import { Secrets } from './secrets';
import { SecurityEvents } from './security-events/security-events';
import { commandRoutes } from './service-commands';
import { RefreshTokens } from './sessions/refresh-tokens';
import { Sessions } from './sessions/sessions';
import { LoginChallenges } from './sign-in/login-challenges';
import { LoginThrottle } from './sign-in/login-throttle';
import { Logins } from './sign-in/logins';
import { Reauthentications } from './sign-in/reauthentications';
import { entities } from './tables';
import { AccessTokens } from './tokens/access-tokens';
import { ApiKeys } from './tokens/api-keys';
import { recentAnnouncements } from './tokens/recent-revocations';
import { keySetMaxAge, SigningKeys } from './tokens/signing-keys';
import { TokenValidations } from './tokens/token-validations';

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
  const passwords = new Passwords(config.bcryptCost);
  const administrators = new Administrators(database, passwords);
  const service = await startService(context, config, async () => {
    const secrets = await Secrets.open(database, keyring);
    const { adminEmail: email, adminPassword: password } = config;
    if (email !== undefined && password !== undefined) {
      await administrators.ensureFirst({ username: firstAdministrator, email, password });
    }
    // A bus over Redis keeps its events; the one in this process is new.
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

    await context.consume({
      [userRolesChanged]: (event, tx) =>
        accounts.noteRoles(event.data as UserRolesChanged, event.occurredAt, tx),
      ...personalDataHandlers('auth', { data: new AccountData(sessions), keyring }),
    });
    const housekeeping = new Housekeeping(database, signingKeys, logger, config.securityEventRetention);
    context.resources.defer(() => housekeeping.stop());
    context.resources.defer(() => signingKeys.stop());
    housekeeping.start();
    signingKeys.start();

    return {
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
    };
  });
  return { ...service, hasAdministrator: () => administrators.exist() };
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

if (require.main === module) void runService('auth', () => readAuthConfig('alone'), startAuth);
