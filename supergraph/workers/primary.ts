import { hostInUrl } from '../../platform/http/url-host';
import type { Logger } from '../../platform/observability/logger';
import type { RunningService } from '../../platform/process';
import { WorkerPool, type WorkersConfig } from './worker-pool';

/**
 * Serves one port from several processes. SIGHUP replaces them, one by one.
 *
 * @throws ConfigError when the first worker does not start; the worker has logged the reason
 */
export async function startWorkers(config: WorkersConfig, logger: Logger): Promise<RunningService> {
  const pool = new WorkerPool(config, logger);
  const { port } = await pool.start();
  process.on('SIGHUP', () => void pool.roll());
  return {
    name: 'gateway',
    port,
    url: `http://${hostInUrl(config.host)}:${port}`,
    stop: () => pool.stop(),
  };
}
