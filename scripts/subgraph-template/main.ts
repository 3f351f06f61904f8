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
import { readSamplesConfig, type SamplesConfig, samplesSettings } from './config';
import { subgraph } from './graphql';
import { Loaders } from './loaders';
import { migrations } from './migrations';
import { SampleData } from './personal-data';
import { rest } from './rest';
import { Samples } from './samples';
import { entities } from './tables';

export async function startSamples(config: SamplesConfig, shared: ProcessContext): Promise<RunningService> {
  const keyring = await openKeyring(config);
  const context = await openServiceContext('samples', config, shared, { entities, migrations });
  return startService(context, config, async () => {
    const samples = new Samples(context.database);
    await context.consume(personalDataHandlers('samples', { data: new SampleData(), keyring }));
    return {
      subgraph: subgraph({ samples }),
      context: request => ({ ...request, loaders: new Loaders(samples, request.caller) }),
      rest,
    };
  });
}

export const service: ServiceModule<SamplesConfig> = {
  name: 'samples',
  settings: samplesSettings,
  readConfig: readSamplesConfig,
  start: startSamples,
};

if (require.main === module) void runService(service);
