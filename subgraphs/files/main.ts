import { join } from 'node:path';
import { Delegations } from '../../platform/delegations';
import { Housekeeping } from '../../platform/housekeeping';
import { exportedContentPath, personalDataHandlers } from '../../platform/personal-data';
import {
  type ProcessContext,
  type RunningService,
  runService,
  type ServiceModule,
} from '../../platform/process';
import { openKeyring } from '../../platform/security/keyring-settings';
import { startService } from '../../platform/service';
import { streamRoute } from '../../platform/service-commands';
import { openServiceContext } from '../../platform/service-context';
import { requireStoredKeys } from '../../platform/stored-keys';
import { type FilesConfig, filesSettings, readFilesConfig } from './config';
import { FileInserts } from './files/file-inserts';
import { Files } from './files/files';
import { Grants } from './files/grants';
import { LiveFiles } from './files/live-files';
import { SignedLinks } from './files/signed-links';
import { StagedUploads } from './files/staged-uploads';
import { Sweeper } from './files/sweeper';
import { Uploads } from './files/uploads';
import { subgraph } from './graphql';
import { downloadRoute } from './http/download-route';
import { RequestedFiles } from './http/requested-file';
import { shareRoutes } from './http/share-route';
import { stagingRoute } from './http/staging-route';
import { thumbnailRoute } from './http/thumbnail-route';
import { tusRoutes } from './http/tus-routes';
import { uploadRoute } from './http/upload-route';
import { Loaders } from './loaders';
import { migrations } from './migrations';
import { contentRequest, FileData } from './personal-data';
import { rest } from './rest';
import { PartialContents } from './resumable/partial-contents';
import { PresignedUploads } from './resumable/presigned-uploads';
import { ResumableUploads } from './resumable/resumable-uploads';
import { UploadSessions } from './resumable/upload-sessions';
import { Clamd } from './scanning/clamd';
import { Quarantine } from './scanning/quarantine';
import { Scanner } from './scanning/scanner';
import { Shares } from './shares/shares';
import { Contents, countedReads } from './storage/contents';
import { MeasuredStorage } from './storage/measured-storage';
import { openStorage } from './storage/open-storage';
import { encryptedColumns, entities, UploadProtocol } from './tables';
import { Thumbnails } from './thumbnails/thumbnails';

/** The service that keeps files. It is one long function, because its wiring is a list that reads from top to bottom. */
export async function startFiles(config: FilesConfig, shared: ProcessContext): Promise<RunningService> {
  const keyring = await openKeyring(config);
  const backend = await openStorage(config);
  const opened = await openServiceContext('files', config, shared, { entities, migrations });
  opened.resources.defer(() => backend.close());
  const context = { ...opened, ready: { ...opened.ready, storage: () => backend.ping() } };
  return startService(context, config, async () => {
    const { clock } = shared;
    const { database, logger, metrics } = context;
    await requireStoredKeys(database, keyring, encryptedColumns);
    const { authenticator } = context.identity;

    const live = new LiveFiles(shared.pubSub);
    const storage = new MeasuredStorage(backend, config.s3Bucket === undefined ? 'folder' : 's3', metrics);
    const contents = new Contents(storage, keyring, config.isEncrypting);
    const served = countedReads(
      contents,
      metrics.counter('plinth_file_downloaded_bytes_total', 'Bytes of contents read for downloads'),
    );
    const scanner = new Scanner(
      config.clamdUrl === undefined ? undefined : new Clamd(config.clamdUrl, config.clamdTimeout * 1000),
      contents,
      logger,
      metrics.counter('plinth_file_scans_total', 'Virus scans of files, by result', ['result']),
    );
    const quarantine = new Quarantine(database, scanner, live);
    const uploads = new Uploads(
      database,
      contents,
      scanner,
      new FileInserts(database, config),
      config,
      logger,
      {
        files: metrics.counter('plinth_file_uploads_total', 'Files that were uploaded'),
        bytes: metrics.counter('plinth_file_uploaded_bytes_total', 'Bytes of files that were uploaded'),
      },
    );
    const staged = new StagedUploads(database, uploads, config);
    const presigned = new PresignedUploads(
      new UploadSessions(database, config, UploadProtocol.PRESIGNED),
      storage.presigned,
      uploads,
    );
    const resumable = new ResumableUploads(
      database,
      new UploadSessions(database, config, UploadProtocol.TUS),
      await PartialContents.open(join(config.folder ?? join(config.dataDir, 'files'), 'partial')),
      uploads,
    );
    const files = new Files(database, storage, logger, live);
    const delegations = new Delegations(database);
    const links = new SignedLinks(keyring, clock, delegations);
    const grants = new Grants(database);
    const shares = new Shares(database, delegations, config.servesUnscanned);
    metrics.gauge('plinth_stored_bytes', 'Bytes of all stored files', () => files.stored('bytes'));
    metrics.gauge('plinth_stored_files', 'Stored files', () => files.stored('files'));
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
    const requested = new RequestedFiles(
      database,
      files,
      links,
      delegations,
      authenticator,
      config.servesUnscanned,
    );
    const sweeper = new Sweeper(database, storage, contents, files, logger);

    const data = new FileData(database, files, live, contents, links, config.exportMaxSize);
    await context.consume(delegations.withHandlers(personalDataHandlers('files', { data, keyring })));
    for (const housekeeping of [
      new Housekeeping(
        60_000,
        [
          () => staged.removeExpired(),
          () => presigned.removeExpired(),
          () => resumable.removeExpired(),
          () => sweeper.finishRemovals(),
        ],
        logger,
      ),
      new Housekeeping(
        30_000,
        [
          ...(scanner.isConfigured && config.scansStored ? [() => quarantine.queueUnscanned()] : []),
          () => quarantine.scanPending(),
        ],
        logger,
      ),
      new Housekeeping(6 * 60 * 60_000, [() => files.recount(), () => sweeper.sweep()], logger),
    ]) {
      context.resources.defer(() => housekeeping.stop());
      housekeeping.start();
    }
    return {
      subgraph: subgraph({
        service: { startedAt: clock.now() },
        pubSub: shared.pubSub,
        files,
        links,
        grants,
        shares,
        quarantine,
        staged,
        presigned,
        quotaBytes: config.userQuota,
      }),
      context: request => ({ ...request, loaders: new Loaders(files, request.caller) }),
      rest,
      routes: [
        uploadRoute(uploads, authenticator),
        stagingRoute(staged, authenticator),
        ...tusRoutes(resumable, authenticator, config.maxFileSize),
        downloadRoute(requested, served),
        thumbnailRoute(requested, thumbnails, served),
        ...shareRoutes(shares, served, thumbnails, config.trustedProxies),
        streamRoute(exportedContentPath, { keyring, clock }, command =>
          data.content(contentRequest.parse(command)),
        ),
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
