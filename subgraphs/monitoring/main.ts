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
import { otlpRoutes } from './http/otlp-routes';
import { LogMetrics } from './logs/log-metrics';
import { LogStore } from './logs/log-store';
import { Logs } from './logs/logs';
import { migrations } from './migrations';
import { MonitoringData } from './personal-data';
import { rest } from './rest';
import { rows } from './tables';
import { Traces } from './traces/traces';

/** The service that watches the other services. */
export async function startMonitoring(
  config: MonitoringConfig,
  shared: ProcessContext,
): Promise<RunningService> {
  const context = await openServiceContext('monitoring', config, shared, {
    entities: rows,
    migrations,
  });
  return startService(context, config, async () => {
    const { clock } = shared;
    const { logger, metrics, resources } = context;
    const { authenticator } = context.identity;
    const store = openLogStore(config, clock);
    resources.defer(() => store.close());
    const logMetrics = new LogMetrics(metrics, store);
    const logs = new Logs(store, outcome => logMetrics.count(outcome));
    const traces = openTraces(config, shared, context);
    if (config.logShipping) resources.defer(storeOwnLines(logs, context));

    const keyring = await openKeyring(config);
    const data = new MonitoringData(store, traces);
    await context.consume(personalDataHandlers('monitoring', { data, keyring }));
    const housekeeping = new Housekeeping(60_000, [() => logMetrics.prune(), () => traces.prune()], logger);
    resources.defer(() => housekeeping.stop());
    housekeeping.start();
    return {
      subgraph: subgraph({ startedAt: clock.now(), logs, traces }),
      context: request => request,
      rest,
      restPrefix: '/metrics',
      routes: [
        ingestRoute({ logs, store, authenticator, keyring, clock }),
        ...otlpRoutes({ logs, store, traces, authenticator }),
      ],
    };
  });
}

/** Where all servers share this process, their spans come here. */
function openTraces(
  config: MonitoringConfig,
  shared: ProcessContext,
  { database, metrics, resources, logger }: ServiceContext,
): Traces {
  const traces = new Traces(database, config.traceRetentionDays * 24 * 60 * 60_000, config.maxSpans);
  metrics.gauge('plinth_spans_stored', 'Spans of traces that are stored', () => traces.count());
  const detach = shared.spans?.attach(spans =>
    traces
      .store(spans.map(span => ({ ...span, parentSpanId: span.parentSpanId ?? null })))
      .catch((error: unknown) => logger.warn({ error, spans: spans.length }, 'Spans could not be stored')),
  );
  if (detach !== undefined) resources.defer(detach);
  return traces;
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
