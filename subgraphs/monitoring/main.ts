import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { addressSettings } from '../../platform/common-settings';
import { Housekeeping } from '../../platform/housekeeping';
import { uuidv7 } from '../../platform/ids';
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
import { AlertRules } from './alerts/alert-rules';
import { Alerts } from './alerts/alerts';
import { builtInRules } from './alerts/built-in-rules';
import { AlertEvaluator } from './alerts/evaluator';
import { readRuleFile } from './alerts/rule-file';
import { Silences } from './alerts/silences';
import { type MonitoringConfig, monitoringSettings, readMonitoringConfig } from './config';
import { subgraph } from './graphql';
import { Health } from './health/health';
import { ingestRoute } from './http/ingest-route';
import { otlpRoutes } from './http/otlp-routes';
import { alertChanged, logAdded, serviceHealthChanged } from './live';
import { LogMetrics } from './logs/log-metrics';
import { LogStore } from './logs/log-store';
import { LogTail } from './logs/log-tail';
import { Logs } from './logs/logs';
import { migrations } from './migrations';
import { MonitoringData } from './personal-data';
import { rest } from './rest';
import { Dashboards } from './series/dashboard';
import { Series } from './series/series';
import { entities } from './tables';
import { Traces } from './traces/traces';
import { Lease } from './watch/lease';
import { HttpTarget, OwnTarget } from './watch/targets';
import { Watch } from './watch/watch';

/** The service that watches the other services. */
export async function startMonitoring(
  config: MonitoringConfig,
  shared: ProcessContext,
): Promise<RunningService> {
  const context = await openServiceContext('monitoring', config, shared, { entities, migrations });
  return startService(context, config, async () => {
    const { clock } = shared;
    const { logger, metrics, resources } = context;
    const { authenticator } = context.identity;
    const store = openLogStore(config, clock);
    resources.defer(() => store.close());
    const logMetrics = new LogMetrics(metrics, store);
    const logs = new Logs(store, outcome => logMetrics.count(outcome));
    const traces = openTraces(config, shared, context, store);
    if (config.logShipping) resources.defer(storeOwnLines(logs, context));

    const keyring = await openKeyring(config);
    const data = new MonitoringData(store, traces);
    await context.consume(personalDataHandlers('monitoring', { data, keyring }));
    const { health, series, watch, rules, alerts, silences } = await watchOf(config, shared, context);
    const tail = new LogTail({
      clock,
      store,
      isWatching: () => watch.isWatching,
      announce: span => shared.pubSub.publish(logAdded, span),
    });
    resources.defer(() => tail.stop());
    tail.start();
    const dashboards = new Dashboards(series, health, store, () => clock.now());
    const housekeeping = new Housekeeping(
      60_000,
      [
        () => logMetrics.prune(),
        () => traces.prune(),
        () => health.prune(),
        () => series.prune(),
        () => alerts.prune(),
      ],
      logger,
    );
    for (const each of [housekeeping, watch]) {
      resources.defer(() => each.stop());
      each.start();
    }
    return {
      subgraph: subgraph({
        startedAt: clock.now(),
        logs,
        tail,
        traces,
        health,
        dashboards,
        rules,
        alerts,
        silences,
        pubSub: shared.pubSub,
      }),
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

/** The parts that watch the other servers, and the alerts that follow from what they see. */
async function watchOf(config: MonitoringConfig, { clock, pubSub }: ProcessContext, context: ServiceContext) {
  const { database, logger, metrics, ready } = context;
  const targets = [
    ...Object.entries(config.targets).map(([name, url]) => new HttpTarget(name, url)),
    new OwnTarget('monitoring', ready, () => metrics.page()),
  ];
  const intervalMs = config.watchInterval * 1000;
  const timeoutMs = config.watchTimeout;
  const health = new Health(database, targets, { intervalMs, timeoutMs }, name =>
    pubSub.publish(serviceHealthChanged, { name }),
  );
  const series = new Series(database, targets, timeoutMs, logger);
  metrics.gauge('plinth_disk_free_ratio', 'Free part of the disk of the data folder', async () => {
    const { bavail, blocks } = await statfs(config.dataDir);
    return bavail / blocks;
  });

  const rules = new AlertRules(database);
  await rules.declare('built-in', builtInRules);
  await rules.declare('file', config.alertRulesFile === undefined ? [] : readRuleFile(config.alertRulesFile));
  const silences = new Silences(database);
  const onChange = (id: string) => pubSub.publish(alertChanged, { id });
  const alerts = new Alerts(database, onChange);
  const evaluator = new AlertEvaluator({
    db: database,
    rules,
    silences,
    observe: async () => ({
      now: clock.now(),
      windows: series.all(),
      health: new Map((await health.states()).map(({ name, status }) => [name, status])),
    }),
    recipients: config.alertEmails,
    logger,
    onChange,
  });
  const lease = new Lease(database, 'watch', uuidv7(clock.now()), 3 * intervalMs);
  const tasks = [() => health.probeAll(), () => series.scrapeAll(), () => evaluator.evaluateAll()];
  const watch = new Watch(lease, intervalMs, tasks, logger);
  return { health, series, watch, rules, alerts, silences };
}

/** Where all servers share this process, their spans come here. */
function openTraces(
  config: MonitoringConfig,
  shared: ProcessContext,
  { database, metrics, resources, logger }: ServiceContext,
  logs: LogStore,
): Traces {
  const traces = new Traces(database, logs, config.traceRetentionDays * 24 * 60 * 60_000, config.maxSpans);
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
  get settings() {
    return { ...monitoringSettings, ...addressSettings() };
  },
  readConfig: readMonitoringConfig,
  start: startMonitoring,
};

if (require.main === module) void runService(service);
