import { openKeyring } from '../../platform/encryption-settings';
import { openGround } from '../../platform/ground';
import { consume } from '../../platform/outbox';
import { runAlone, type Shared } from '../../platform/run';
import { type RunningService, startService } from '../../platform/service';
import { readUsersConfig, type UsersConfig } from './config';
import {
  type UserActivationChanged,
  type UserRegistered,
  userActivationChanged,
  userRegistered,
} from './events';
import { Explanations } from './explanations';
import { subgraph } from './graphql';
import { Loaders } from './loaders';
import { migrations } from './migrations';
import { Profiles } from './profiles';
import { Registrations } from './registrations';
import { rest } from './rest';
import { Roles } from './roles';
import { Search } from './search';
import { entities } from './tables';

/** The service that keeps profiles, roles and who holds them. */
export async function startUsers(config: UsersConfig, shared: Shared): Promise<RunningService> {
  const keyring = await openKeyring(config);
  const ground = await openGround('users', config, shared, { entities, migrations });
  const { database, logger } = ground;

  const profiles = new Profiles(database, keyring);
  const roles = new Roles(database);
  const search = new Search(database);
  const explanations = new Explanations(database);
  const registrations = new Registrations(database, logger);

  const subscription = await consume(database, shared.bus, 'users', {
    [userRegistered]: (event, tx) => registrations.register(event.data as UserRegistered, tx),
    [userActivationChanged]: (event, tx) =>
      registrations.noteActivation(event.data as UserActivationChanged, tx),
  });
  return startService({
    name: 'users',
    config,
    logger,
    metrics: ground.metrics,
    authenticator: ground.identity.authenticator,
    subgraph: subgraph({ profiles, search, roles, explanations }),
    context: request => ({ ...request, loaders: new Loaders(profiles, roles) }),
    rest,
    ready: ground.ready,
    close: async () => {
      await subscription.close();
      await ground.close();
    },
  });
}

if (require.main === module) void runAlone('users', () => readUsersConfig('alone'), startUsers);
