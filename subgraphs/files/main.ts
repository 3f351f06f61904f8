import { Housekeeping } from '../../platform/housekeeping';
import { personalDataHandlers } from '../../platform/personal-data';
import {
  type ProcessContext,
  type RunningService,
  runService,
  type ServiceModule,
} from '../../platform/process';
import { openKeyring } from '../../platform/security/keyring-settings';
import { startService } from '../../platform/service';
import { openServiceContext } from '../../platform/service-context';
import { type FilesConfig, filesSettings, readFilesConfig } from './config';
import { Files } from './files/files';
import { Grants } from './files/grants';
import { SignedLinks } from './files/signed-links';
import { Sweeper } from './files/sweeper';
import { Uploads } from './files/uploads';
import { subgraph } from './graphql';
import { downloadRoute } from './http/download-route';
import { shareRoutes } from './http/share-route';
import { uploadRoute } from './http/upload-route';
import { Loaders } from './loaders';
import { migrations } from './migrations';
import { FileData } from './personal-data';
import { rest } from './rest';
import { Shares } from './shares/shares';
import { openStorage } from './storage/open-storage';
import { entities } from './tables';

/** The service that keeps files. */
export async function startFiles(config: FilesConfig, shared: ProcessContext): Promise<RunningService> {
  const keyring = await openKeyring(config);
  const storage = await openStorage(config);
  const opened = await openServiceContext('files', config, shared, { entities, migrations });
  opened.resources.defer(() => storage.close());
  const context = { ...opened, ready: { ...opened.ready, storage: () => storage.ping() } };
  return startService(context, config, async () => {
    const { clock } = shared;
    const { database, logger } = context;
    const { authenticator } = context.identity;

    const uploads = new Uploads(database, storage, config, logger);
    const files = new Files(database, storage, logger);
    const links = new SignedLinks(keyring, clock);
    const grants = new Grants(database);
    const shares = new Shares(database);
    const sweeper = new Sweeper(database, storage, files, logger);

    const data = new FileData(database, files);
    await context.consume(personalDataHandlers('files', { data, keyring }));
    for (const housekeeping of [
      new Housekeeping(60_000, [() => sweeper.finishRemovals()], logger),
      new Housekeeping(6 * 60 * 60_000, [() => sweeper.sweep()], logger),
    ]) {
      context.resources.defer(() => housekeeping.stop());
      housekeeping.start();
    }
    return {
      subgraph: subgraph({
        service: { startedAt: clock.now() },
        files,
        links,
        grants,
        shares,
        quotaBytes: config.userQuota,
      }),
      context: request => ({ ...request, loaders: new Loaders(files, request.caller) }),
      rest,
      routes: [
        uploadRoute(uploads, authenticator),
        downloadRoute({ db: database, files, links, storage, authenticator }),
        ...shareRoutes(shares, storage, config.trustedProxies),
      ],
    };
  });
}

export const service: ServiceModule<FilesConfig> = {
  name: 'files',
  settings: filesSettings,
  readConfig: readFilesConfig,
  start: startFiles,
};

if (require.main === module) void runService(service);
