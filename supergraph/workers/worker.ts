import { createLogger } from '../../platform/observability/logger';
import type { Metrics } from '../../platform/observability/metrics';
import {
  openProcessContext,
  type ProcessContext,
  printStartError,
  type RunningService,
  type ServiceConfig,
} from '../../platform/process';
import type { ToWorker } from './messages';
import { WorkerMetrics } from './worker-metrics';

export interface RetiringService extends RunningService {
  /** Lets clients go elsewhere without closing a connection under a request, and stops. */
  retire(): Promise<void>;
}

/** Runs one of several processes on one port, until the primary ends it. */
export async function runWorker<Config extends Omit<ServiceConfig, 'host' | 'port' | 'dataDir'>>(
  name: string,
  readConfig: () => Config,
  start: (config: Config, shared: ProcessContext, metrics: Metrics) => Promise<RetiringService>,
): Promise<void> {
  // A terminal signals all its processes; the primary decides what follows.
  process.on('SIGINT', () => undefined);
  process.on('SIGHUP', () => undefined);
  let shared: ProcessContext | undefined;
  let service: RetiringService | undefined;
  const end = async (how: 'stop' | 'retire'): Promise<void> => {
    try {
      await service?.[how]();
      await shared?.close();
      process.exit(0);
    } catch (error) {
      printStartError(error);
      process.exit(1);
    }
  };
  process.on('message', ({ type }: ToWorker) => {
    if (type === 'stop' || type === 'retire') void end(type);
  });
  process.on('SIGTERM', () => void end('stop'));
  try {
    const config = readConfig();
    const logger = createLogger({ service: name, level: config.logLevel, format: config.logFormat });
    shared = openProcessContext({ redisUrl: config.redisUrl, logger, tls: config });
    service = await start(config, shared, new WorkerMetrics(name));
  } catch (error) {
    await shared?.close();
    printStartError(error);
    // The channel to the primary would keep the process alive.
    process.exit(1);
  }
}
