import { join } from 'node:path';
import { Database } from '../../platform/database';
import { loadOrCreateKeyFile } from '../../platform/encryption';
import { openIdentity } from '../../platform/identity';
import { createLogger } from '../../platform/logger';
import { Metrics } from '../../platform/metrics';
import { consume, OutboxRelay } from '../../platform/outbox';
import { runAlone, type Shared } from '../../platform/run';
import { type RunningService, startService } from '../../platform/service';
import { readUsersConfig, type UsersConfig } from './config';
import {
  type UserActivationChanged,
  type UserRegistered,
  userActivationChanged,
  userRegistered,
} from './events';
import { subgraph } from './graphql';
import { Loaders } from './loaders';
import { migrations } from './migrations';
import { Profiles } from './profiles';
import { Registrations } from './registrations';
import { rest } from './rest';
import { Roles } from './roles';
import { entities } from './tables';

export async function startUsers(config: UsersConfig, shared: Shared): Promise<RunningService> {
  const { clock, bus } = shared;
  const logger = createLogger({ service: 'users', level: config.logLevel });
  const metrics = new Metrics('users');
  const keyring = config.encryptionKeys ?? (await loadOrCreateKeyFile(join(config.dataDir, 'secret.key')));
  const db = await Database.open({
    url: config.ownDatabaseUrl ?? config.databaseUrl ?? `sqlite:${join(config.dataDir, 'users.db')}`,
    service: 'users',
    entities,
    migrations,
    clock,
    logger,
  });
  const closing: (() => Promise<void>)[] = [() => db.close()];
  const close = async () => {
    for (const step of closing.splice(0)) await step();
  };
  try {
    const identity = await openIdentity({ config, bus, clock });
    closing.unshift(() => identity.revocations.close());

    const profiles = new Profiles(db, keyring);
    const roles = new Roles(db);
    const registrations = new Registrations(db, logger);

    const relay = new OutboxRelay({ db, bus, clock, logger });
    relay.start();
    closing.unshift(() => relay.stop());
    metrics.gauge('outbox_events_pending', 'Events that wait to be published', async () => {
      return (await relay.pendingCount()).pending;
    });

    const subscription = await consume(db, bus, 'users', {
      [userRegistered]: (event, tx) => registrations.register(event.data as UserRegistered, tx),
      [userActivationChanged]: (event, tx) =>
        registrations.noteActivation(event.data as UserActivationChanged, tx),
    });
    closing.unshift(() => subscription.close());

    return await startService({
      name: 'users',
      config,
      logger,
      metrics,
      authenticator: identity.authenticator,
      subgraph: subgraph({ profiles, roles }),
      context: request => ({ ...request, loaders: new Loaders(profiles, roles) }),
      rest,
      ready: {
        database: () => db.ping(),
        revocations: async () => {
          if (!identity.revocations.isCurrent()) throw new Error('Revocations are not known up to now');
        },
      },
      close,
    });
  } catch (error) {
    await close();
    throw error;
  }
}

if (require.main === module) void runAlone('users', () => readUsersConfig('alone'), startUsers);
