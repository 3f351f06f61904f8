import cluster, { type Address, type Worker } from 'node:cluster';
import { once } from 'node:events';
import { ConfigError } from '../../platform/config';
import type { Logger } from '../../platform/observability/logger';
import type { ToPrimary } from './messages';
import { PoolMetrics, sendToWorker } from './pool-metrics';

export interface WorkersConfig {
  readonly host: string;
  readonly workers: number;
  /** Seconds. */
  readonly shutdownGrace: number;
}

/** A worker that ran this long is replaced at once when it ends; the pause before others grows. */
const steadyMs = 30_000;
const longestPauseMs = 30_000;
const startMs = 60_000;
/** Beyond the grace, for closing connections. */
const closeMs = 5_000;

/** One of the numbered workers, whichever process it is at the moment. */
interface Slot {
  readonly number: number;
  worker: Worker | undefined;
  startedAt: number;
  /** How often in a row it ended shortly after a start. */
  failures: number;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Several processes that serve one port (https://nodejs.org/api/cluster.html). A worker that ends is started again, after pauses that grow
 * while it keeps ending.
 */
export class WorkerPool {
  private readonly slots: Slot[];
  private readonly metrics = new PoolMetrics();
  private rolling: Promise<void> | undefined;
  private hasToRollAgain = false;
  private stopped: Promise<void> | undefined;

  constructor(
    private readonly config: WorkersConfig,
    private readonly logger: Logger,
  ) {
    this.slots = Array.from({ length: config.workers }, (_, index) => ({
      number: index + 1,
      worker: undefined,
      startedAt: 0,
      failures: 0,
      timer: undefined,
    }));
    // JSON cannot hold NaN, the value of an empty histogram.
    cluster.setupPrimary({ serialization: 'advanced' });
    cluster.on('message', (worker: Worker, message: ToPrimary) => this.receive(worker, message));
    cluster.on('listening', worker => logger.info({ pid: worker.process.pid }, 'a worker answers'));
    cluster.on('exit', (worker, code, signal) => this.restart(worker, { code, signal }));
  }

  /** @throws ConfigError when the first worker does not start; the worker has logged the reason */
  async start(): Promise<Address> {
    const [first, ...others] = this.slots as [Slot, ...Slot[]];
    // What keeps one worker from starting keeps all from it, and is logged once.
    const address = await listening(this.fill(first));
    if (address === undefined) {
      await this.stop();
      throw new ConfigError(['The gateway did not start: its first worker says above why']);
    }
    await Promise.all(others.map(slot => listening(this.fill(slot))));
    return address;
  }

  /**
   * Replaces all workers, one by one. A call during a roll makes it roll once more: its workers may have read the configuration before it
   * changed. Never rejects.
   */
  roll(): Promise<void> {
    if (this.rolling !== undefined) this.hasToRollAgain = true;
    this.rolling ??= this.rollWhileAsked().finally(() => {
      this.rolling = undefined;
    });
    return this.rolling;
  }

  stop(): Promise<void> {
    this.stopped ??= this.stopAll();
    return this.stopped;
  }

  private async stopAll(): Promise<void> {
    for (const { timer } of this.slots) clearTimeout(timer);
    await Promise.all(Object.values(cluster.workers ?? {}).map(worker => this.end(worker!, 'stop')));
  }

  private async rollWhileAsked(): Promise<void> {
    do {
      this.hasToRollAgain = false;
      try {
        await this.replaceAll();
      } catch (error) {
        this.logger.error({ error }, 'the workers were not replaced');
      }
    } while (this.hasToRollAgain);
  }

  private async replaceAll(): Promise<void> {
    this.logger.info('the workers are replaced, one by one');
    for (const slot of this.slots) {
      if (this.stopped !== undefined) return;
      const next = this.fork();
      const address = await listening(next);
      if (this.stopped !== undefined) return;
      if (address === undefined) {
        next.process.kill('SIGKILL');
        this.logger.error('a new worker did not start: those there are go on');
        return;
      }
      clearTimeout(slot.timer);
      const old = slot.worker;
      Object.assign(slot, { worker: next, startedAt: performance.now(), failures: 0 });
      if (old !== undefined) await this.end(old, 'retire');
    }
    this.logger.info('all workers are replaced');
  }

  private fill(slot: Slot): Worker {
    const worker = this.fork();
    slot.worker = worker;
    slot.startedAt = performance.now();
    return worker;
  }

  private fork(): Worker {
    const worker = cluster.fork();
    worker.on('error', error => {
      this.logger.error({ error }, 'a worker could not be started or reached');
      // A process that could not be spawned emits no exit.
      if (worker.process.pid === undefined) this.restart(worker, { code: null, signal: null });
    });
    return worker;
  }

  /** Asks a worker to end, and kills it where it does not. */
  private async end(worker: Worker, type: 'stop' | 'retire'): Promise<void> {
    if (worker.isDead() || worker.process.pid === undefined) return;
    const exit = once(worker, 'exit');
    sendToWorker(worker, { type });
    // A worker that retires waits for its clients first, and then stops.
    const graceMs = this.config.shutdownGrace * 1000 * (type === 'retire' ? 2 : 1);
    const timer = setTimeout(() => worker.process.kill('SIGKILL'), graceMs + closeMs);
    await exit;
    clearTimeout(timer);
  }

  private restart(worker: Worker, ended: { code: number | null; signal: string | null }): void {
    const slot = this.slots.find(one => one.worker === worker);
    if (slot === undefined || this.stopped !== undefined) return;
    slot.worker = undefined;
    slot.failures = performance.now() - slot.startedAt >= steadyMs ? 0 : slot.failures + 1;
    const pauseMs = slot.failures === 0 ? 0 : Math.min(100 * 2 ** (slot.failures - 1), longestPauseMs);
    this.metrics.ended.inc();
    this.logger.error({ pid: worker.process.pid, ...ended, pause_ms: pauseMs }, 'a worker ended');
    slot.timer = setTimeout(() => this.fill(slot), pauseMs);
  }

  private receive(worker: Worker, message: ToPrimary): void {
    if (message.type === 'metrics') this.metrics.receive(message.id, message.metrics);
    else if (message.type === 'request-page') void this.sendPage(worker, message.id);
  }

  private async sendPage(worker: Worker, id: number): Promise<void> {
    let body: string | undefined;
    try {
      body = await this.metrics.page(this.slots);
    } catch (error) {
      this.logger.error({ error }, 'the metrics of the workers could not be collected');
    }
    sendToWorker(worker, { type: 'page', id, body });
  }
}

/** The address where a worker listens; undefined when it ends before, does not start or takes too long. */
async function listening(worker: Worker): Promise<Address | undefined> {
  const waiting = new AbortController();
  const { signal } = waiting;
  const timer = setTimeout(() => waiting.abort(), startMs);
  try {
    return await Promise.race([
      once(worker, 'listening', { signal }).then(([address]) => address as Address),
      once(worker, 'exit', { signal }).then(() => undefined),
    ]);
  } catch {
    // Aborted by the timer, or an error event, which the pool has logged.
    return undefined;
  } finally {
    clearTimeout(timer);
    waiting.abort();
  }
}
