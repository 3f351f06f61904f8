import { Delegations } from '../../platform/delegations';
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
import { requireStoredKeys } from '../../platform/stored-keys';
import { type FilesConfig, filesSettings, readFilesConfig } from './config';
import { Files } from './files/files';
import { Grants } from './files/grants';
import { SignedLinks } from './files/signed-links';
import { Sweeper } from './files/sweeper';
import { Uploads } from './files/uploads';
import { subgraph } from './graphql';
import { downloadRoute } from './http/download-route';
import { RequestedFiles } from './http/requested-file';
import { shareRoutes } from './http/share-route';
import { thumbnailRoute } from './http/thumbnail-route';
import { uploadRoute } from './http/upload-route';
import { Loaders } from './loaders';
import { migrations } from './migrations';
import { FileData } from './personal-data';
import { rest } from './rest';
import { Shares } from './shares/shares';
import { Contents } from './storage/contents';
import { openStorage } from './storage/open-storage';
import { encryptedColumns, entities } from './tables';
import { Thumbnails } from './thumbnails/thumbnails';

/** The service that keeps files. */
export async function startFiles(config: FilesConfig, shared: ProcessContext): Promise<RunningService> {
  const keyring = await openKeyring(config);
  const storage = await openStorage(config);
  const opened = await openServiceContext('files', config, shared, { entities, migrations });
  opened.resources.defer(() => storage.close());
  const context = { ...opened, ready: { ...opened.ready, storage: () => storage.ping() } };
  return startService(context, config, async () => {
    const { clock } = shared;
    const { database, logger, metrics } = context;
    await requireStoredKeys(database, keyring, encryptedColumns);
    const { authenticator } = context.identity;

    const contents = new Contents(storage, keyring, config.isEncrypting);
    const uploads = new Uploads(database, contents, config, logger);
    const files = new Files(database, storage, logger);
    const links = new SignedLinks(keyring, clock);
    const grants = new Grants(database);
    const delegations = new Delegations(database);
    const shares = new Shares(database, delegations);
    metrics.gauge('plinth_stored_bytes', 'Bytes of all stored files', () => files.storedBytes());
    const thumbnails = new Thumbnails(
      database,
      contents,
      logger,
      metrics.counter('plinth_thumbnails_total', 'Thumbnails that were made, by outcome', ['outcome']),
    );
    metrics.gauge(
      'plinth_thumbnails_waiting',
      'Thumbnails that are being made or wait for it',
      () => thumbnails.queueLength,
    );
    const requested = new RequestedFiles(database, files, links, authenticator);
    const sweeper = new Sweeper(database, storage, contents, files, logger);

    const data = new FileData(database, files);
    await context.consume(delegations.withHandlers(personalDataHandlers('files', { data, keyring })));
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
        downloadRoute(requested, contents),
        thumbnailRoute(requested, thumbnails, contents),
        ...shareRoutes(shares, contents, config.trustedProxies),
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
