import { personalDataHandlers } from '../../platform/personal-data';
import {
  type ProcessContext,
  type RunningService,
  runService,
  type ServiceModule,
} from '../../platform/process';
import { startService } from '../../platform/service';
import { openServiceContext } from '../../platform/service-context';
import { type FilesConfig, filesSettings, readFilesConfig } from './config';
import { subgraph } from './graphql';
import { migrations } from './migrations';

/** The service that keeps files. */
export async function startFiles(config: FilesConfig, shared: ProcessContext): Promise<RunningService> {
  const context = await openServiceContext('files', config, shared, { entities: [], migrations });
  return startService(context, config, async () => {
    // It keeps no personal data yet, and confirms that when it is asked to erase or export it.
    await context.consume(personalDataHandlers('files'));
    return { subgraph: subgraph({ startedAt: shared.clock.now() }), context: request => request };
  });
}

export const service: ServiceModule<FilesConfig> = {
  name: 'files',
  settings: filesSettings,
  readConfig: readFilesConfig,
  start: startFiles,
};

if (require.main === module) void runService(service);
