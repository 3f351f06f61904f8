import { join } from 'node:path';
import { Housekeeping } from '../../platform/housekeeping';
import { shipLogs } from '../../platform/log-shipping';
import { personalDataHandlers } from '../../platform/personal-data';
import {
  type ProcessContext,
  type RunningService,
  runService,
  type ServiceModule,
} from '../../platform/process';
import { openKeyring } from '../../platform/security/keyring-settings';
import { startService } from '../../platform/service';
import { openServiceContext, type ServiceContext } from '../../platform/service-context';
import { type MonitoringConfig, monitoringSettings, readMonitoringConfig } from './config';
import { subgraph } from './graphql';
import { ingestRoute } from './http/ingest-route';
import { LogMetrics } from './logs/log-metrics';
import { LogStore } from './logs/log-store';
import { Logs } from './logs/logs';
import { migrations } from './migrations';
import { LogData } from './personal-data';
import { rest } from './rest';

/** The service that watches the other services. */
export async function startMonitoring(
  config: MonitoringConfig,
  shared: ProcessContext,
): Promise<RunningService> {
  const context = await openServiceContext('monitoring', config, shared, { entities: [], migrations });
  return startService(context, config, async () => {
    const { clock } = shared;
    const { logger, metrics, resources } = context;
    const store = openLogStore(config, clock);
    resources.defer(() => store.close());
    const logMetrics = new LogMetrics(metrics, store);
    const logs = new Logs(store, outcome => logMetrics.count(outcome));
    if (config.logShipping) resources.defer(storeOwnLines(logs, context));

    const keyring = await openKeyring(config);
    const data = new LogData(store);
    await context.consume(personalDataHandlers('monitoring', { data, keyring }));
    const housekeeping = new Housekeeping(60_000, [() => logMetrics.prune()], logger);
    resources.defer(() => housekeeping.stop());
    housekeeping.start();
    return {
      subgraph: subgraph({ startedAt: clock.now(), logs }),
      context: request => request,
      rest,
      restPrefix: '/metrics',
      routes: [ingestRoute({ logs, store, authenticator: context.identity.authenticator, keyring, clock })],
    };
  });
}

/** The lines of this process: in the one-process shape those of all servers. @returns ends it */
function storeOwnLines(logs: Logs, context: ServiceContext): () => Promise<void> {
  return shipLogs(context, async lines => {
    await logs.append(Buffer.from(lines, 'utf8'), 'ndjson');
  });
}

function openLogStore(config: MonitoringConfig, clock: ProcessContext['clock']): LogStore {
  const url = config.ownDatabaseUrl ?? config.databaseUrl ?? 'sqlite:';
  return new LogStore(
    {
      url: url.startsWith('sqlite:') ? undefined : url,
      schema: 'monitoring',
      folder: join(config.dataDir, 'logs'),
      batchSize: 2_000,
      retentionMs: config.logRetentionDays * 24 * 60 * 60_000,
      retentionBytes: config.logRetentionBytes,
    },
    clock,
    config.logPendingBytes,
  );
}

export const service: ServiceModule<MonitoringConfig> = {
  name: 'monitoring',
  settings: monitoringSettings,
  readConfig: readMonitoringConfig,
  start: startMonitoring,
};

if (require.main === module) void runService(service);
