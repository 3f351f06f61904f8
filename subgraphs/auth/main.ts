import type { Clock } from '../../platform/clock';
import { openKeyring } from '../../platform/encryption-settings';
import { type DomainEvent, InProcessBus } from '../../platform/events';
import { openGround } from '../../platform/ground';
import { jsonResponse } from '../../platform/http';
import { uuidv7 } from '../../platform/ids';
import type { Logger } from '../../platform/logger';
import { consume } from '../../platform/outbox';
import { accessChanged, sessionsRevoked } from '../../platform/revocations';
import { runAlone, type Shared } from '../../platform/run';
import { type RunningService, startService } from '../../platform/service';
import { Accounts } from './accounts';
import { makeFirstAdministrator } from './administrators';
import { type AuthConfig, readAuthConfig } from './config';
import { type UserRolesChanged, userRolesChanged } from './events';
import { subgraph } from './graphql';
import { Loaders } from './loaders';
import { LoginThrottle } from './login-throttle';
import { migrations } from './migrations';
import { Passwords } from './passwords';
import { RefreshTokens } from './refresh-tokens';
import { rest } from './rest';
import { Sessions } from './sessions';
import { SigningKeys } from './signing-keys';
import { entities } from './tables';

/** The service that knows who can log in, who is signed in, and signs for it. */
export async function startAuth(config: AuthConfig, shared: Shared): Promise<RunningService> {
  const { clock, bus } = shared;
  const keyring = await openKeyring(config);
  let keys!: SigningKeys;
  const ground = await openGround('auth', config, shared, { entities, migrations }, async opened => {
    keys = await SigningKeys.open(opened, keyring, clock, config.signingKeyDays);
    return keys;
  });
  const { database, relay, logger, metrics, identity } = ground;
  try {
    const registrations = metrics.counter('plinth_registrations_total', 'Accounts made');
    const logins = metrics.counter('plinth_logins_total', 'Logins by outcome', ['outcome']);
    const passwords = new Passwords(config.bcryptCost);
    const throttle = new LoginThrottle(database, clock);
    const refreshTokens = await RefreshTokens.open(database, keyring);
    const sessions = new Sessions(
      database,
      relay,
      keys,
      refreshTokens,
      { ...config, issuer: config.tokenIssuer, audience: config.tokenAudience },
      clock,
    );
    const accounts = new Accounts(database, relay, passwords, throttle, sessions, identity.tokens, clock, {
      registered: () => registrations.inc(),
      loggedIn: outcome => logins.inc({ outcome }),
    });

    await passwords.warmUp();
    await makeFirstAdministrator(accounts, config, logger);
    if (bus instanceof InProcessBus) bus.remember(await announcements(sessions, accounts, clock));
    const subscription = await consume(database, bus, 'auth', {
      [userRolesChanged]: (event, tx) =>
        accounts.noteRoles(event.data as UserRolesChanged, event.occurredAt, tx),
    });
    const chores = everyMinute(
      [() => keys.maintain(), () => sessions.prune(), () => throttle.prune()],
      logger,
    );

    return await startService({
      name: 'auth',
      config,
      logger,
      metrics,
      authenticator: identity.authenticator,
      subgraph: subgraph({ accounts, sessions }),
      context: request => ({ ...request, loaders: new Loaders(accounts) }),
      rest,
      routes: [
        {
          method: 'GET',
          path: '/.well-known/jwks.json',
          quiet: true,
          handle: async () =>
            jsonResponse(200, await keys.published(), { 'cache-control': 'public, max-age=60' }),
        },
      ],
      ready: ground.ready,
      close: async () => {
        await chores.stop();
        await subscription.close();
        await ground.close();
      },
    });
  } catch (error) {
    await ground.close();
    throw error;
  }
}

/** What was announced within the life of an access token: the bus of one process forgets it with the process. */
async function announcements(sessions: Sessions, accounts: Accounts, clock: Clock): Promise<DomainEvent[]> {
  const event = (type: string, at: number, data: unknown): DomainEvent => ({
    id: uuidv7(clock.now()),
    type,
    version: 1,
    source: 'auth',
    occurredAt: at,
    data,
  });
  const [revoked, changed] = await Promise.all([sessions.recentlyRevoked(), accounts.recentlyChanged()]);
  return [
    ...revoked.map(one => event(sessionsRevoked, one.at, one.revoked)),
    ...changed.map(one => event(accessChanged, one.at, one.changed)),
  ];
}

/** Runs the chores one after the other, a minute apart; what fails is logged and tried again. */
function everyMinute(chores: readonly (() => Promise<void>)[], logger: Logger): { stop(): Promise<void> } {
  let running: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    running = running.then(async () => {
      for (const chore of chores) {
        try {
          await chore();
        } catch (error) {
          logger.warn({ error }, 'a chore failed; it is tried again in a minute');
        }
      }
    });
  }, 60_000);
  timer.unref();
  return {
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}

if (require.main === module) void runAlone('auth', () => readAuthConfig('alone'), startAuth);
