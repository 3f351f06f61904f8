import { InProcessBus } from '../../platform/events/in-process-bus';
import { Housekeeping } from '../../platform/housekeeping';
import type { Route } from '../../platform/http/router';
import type { Logger } from '../../platform/observability/logger';
import {
  personalDataHandlers,
  type UserDataErased,
  type UserDataExported,
  userDataErased,
  userDataExported,
} from '../../platform/personal-data';
import {
  type ProcessContext,
  type RunningService,
  runService,
  type ServiceModule,
} from '../../platform/process';
import { openKeyring } from '../../platform/security/keyring-settings';
import { SessionLinks } from '../../platform/security/session-links';
import { startService } from '../../platform/service';
import { ServiceCommands } from '../../platform/service-commands';
import { openServiceContext } from '../../platform/service-context';
import { requireStoredKeys } from '../../platform/stored-keys';
import { readUsersConfig, type UsersConfig, usersSettings } from './config';
import {
  type UserActivationChanged,
  type UserRegistered,
  userActivationChanged,
  userRegistered,
} from './events';
import { subgraph } from './graphql';
import { AuthCommands } from './lifecycle/auth-commands';
import { Creations } from './lifecycle/creations';
import { Deletions } from './lifecycle/deletions';
import { Exports } from './lifecycle/exports';
import { Loaders } from './loaders';
import { migrations } from './migrations';
import { ProfileData } from './personal-data';
import { ContactAnnouncements } from './profiles/contact-announcements';
import { Profiles } from './profiles/profiles';
import { Registrations } from './profiles/registrations';
import { rest } from './rest';
import { AdministratorReleases } from './roles/administrator-releases';
import { Explanations } from './roles/explanations';
import { RoleAssignments } from './roles/role-assignments';
import { Roles } from './roles/roles';
import { Search } from './search/search';
import { encryptedColumns, entities } from './tables';

/** The service that keeps profiles, roles and who holds them. It is one long function, because its wiring is a list that reads from top to bottom. */
export async function startUsers(config: UsersConfig, shared: ProcessContext): Promise<RunningService> {
  const keyring = await openKeyring(config);
  const context = await openServiceContext('users', config, shared, { entities, migrations });
  return startService(context, config, async () => {
    const { clock, bus, pubSub } = shared;
    const { database, logger, relay } = context;
    await requireStoredKeys(database, keyring, encryptedColumns);

    const profiles = new Profiles(database, keyring);
    const authUrl = config.authUrl ?? `http://127.0.0.1:${config.authPort}`;
    const filesUrl = config.filesUrl ?? `http://127.0.0.1:${config.filesPort}`;
    const auth = new AuthCommands(new ServiceCommands(authUrl, keyring, clock));
    const releases = new AdministratorReleases(database, auth);
    const assignments = new RoleAssignments(database, releases);
    const roles = new Roles(database, assignments);
    const search = new Search(database);
    const explanations = new Explanations(database);
    const registrations = new Registrations(database, logger);

    const creations = new Creations({ db: database, keyring, accounts: auth, registrations, profiles });
    const announcements = new ContactAnnouncements(database, profiles);
    const data = new ProfileData(profiles);
    const deletions = new Deletions(database, data, relay, pubSub, releases);
    const exports = new Exports(
      database,
      keyring,
      new SessionLinks(keyring, context.identity.revocations, clock, 'export'),
      new Map([['files', new ServiceCommands(filesUrl, keyring, clock)]]),
    );
    // A bus over Redis keeps its events; the one in this process is new.
    if (bus instanceof InProcessBus) bus.remember(await deletions.recentDeletions());

    await context.consume({
      [userRegistered]: (event, tx) => creations.finish(event.data as UserRegistered, tx),
      [userActivationChanged]: (event, tx) =>
        registrations.applyActivation(event.data as UserActivationChanged, tx),
      ...personalDataHandlers('users', { data, keyring }),
      [userDataErased]: (event, tx) => deletions.recordErasure(event.data as UserDataErased, tx),
      [userDataExported]: (event, tx) => exports.recordFile(event.data as UserDataExported, tx),
    });
    const housekeeping = new Housekeeping(
      60_000,
      [
        () => creations.resume(),
        () => creations.prune(),
        () => releases.resume(),
        () => resendDeletions(deletions, logger),
        () => exports.prune(),
        () => announcements.resume(),
      ],
      logger,
    );
    context.resources.defer(() => housekeeping.stop());
    housekeeping.start();
    return {
      subgraph: subgraph({
        profiles,
        search,
        roles,
        assignments,
        explanations,
        creations,
        deletions,
        exports,
        pubSub,
      }),
      context: request => ({ ...request, loaders: new Loaders({ profiles, roles }, request.caller) }),
      rest,
      routes: [archiveRoute(exports)],
    };
  });
}

async function resendDeletions(deletions: Deletions, logger: Logger): Promise<void> {
  const services = await deletions.resend();
  if (services.length === 0) return;
  logger.warn({ services }, 'Deletions of users wait for services that have not answered for ten minutes');
}

/** The archive of a signed link. The link is the permission: a browser that follows it sends no token. */
function archiveRoute(exports: Exports): Route {
  return {
    method: 'GET',
    path: '/exports/:id',
    handle: async ({ params, query }) => {
      const { id = '' } = params;
      return {
        status: 200,
        headers: {
          'content-type': 'application/zip',
          'content-disposition': `attachment; filename="plinth-export-${id.slice(0, 36)}.zip"`,
          'cache-control': 'no-store',
        },
        body: await exports.archive(id, query),
      };
    },
  };
}

export const service: ServiceModule<UsersConfig> = {
  name: 'users',
  settings: usersSettings,
  readConfig: readUsersConfig,
  start: startUsers,
};

if (require.main === module) void runService(service);
