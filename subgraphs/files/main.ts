import { consume } from '../../platform/events/outbox';
import { personalDataHandlers } from '../../platform/personal-data';
import { type ProcessContext, runService, type ServiceDefinition } from '../../platform/process';
import { type RunningService, startService } from '../../platform/service';
import { openServiceContext } from '../../platform/service-context';
import { type FilesConfig, filesSettings, readFilesConfig } from './config';
import { subgraph } from './graphql';
import { migrations } from './migrations';

/** The service that keeps files. */
export async function startFiles(config: FilesConfig, shared: ProcessContext): Promise<RunningService> {
  const context = await openServiceContext('files', config, shared, { entities: [], migrations });
  // It holds nothing of anybody yet, and says so.
  const subscription = await consume(context.database, shared.bus, 'files', personalDataHandlers('files'));
  return startService({
    name: 'files',
    config,
    logger: context.logger,
    metrics: context.metrics,
    authenticator: context.identity.authenticator,
    subgraph: subgraph({ startedAt: shared.clock.now() }),
    context: request => request,
    ready: context.ready,
    close: async () => {
      await subscription.close();
      await context.close();
    },
  });
}

export const service: ServiceDefinition<FilesConfig> = {
  name: 'files',
  settings: filesSettings,
  readConfig: readFilesConfig,
  start: startFiles,
};

if (require.main === module) void runService(service);
