import cluster, { type Address, type Worker } from 'node:cluster';
import { once } from 'node:events';
import { AggregatorRegistry, Counter, Registry } from 'prom-client';
import { ConfigError } from '../../platform/config';
import { hostInUrl } from '../../platform/http/url-host';
import type { Logger } from '../../platform/observability/logger';
import type { RunningService } from '../../platform/process';
import type { Measurement, ToPrimary, ToWorker } from './messages';

export interface WorkersConfig {
  readonly host: string;
  readonly workers: number;
  /** Seconds. */
  readonly shutdownGrace: number;
}

/** A worker that lived longer ended by accident; one that did not may do so again at once. */
const steadyMs = 30_000;
const longestPauseMs = 30_000;
const startMs = 60_000;
/** Beyond the grace: for closing what a worker stands on. */
const closeMs = 5_000;
const measureMs = 1_000;

/** A place that is to have a worker, whichever it is at the moment. */
interface Place {
  readonly number: number;
  worker: Worker | undefined;
  startedAt: number;
  /** Ends shortly after a start, in a row. */
  failures: number;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Serves one port from several processes (https://nodejs.org/api/cluster.html): makes another worker where one ended, after
 * pauses that grow while they keep ending, and on SIGHUP replaces all of them, one by one.
 *
 * @throws ConfigError when the first does not start, and has said why
 */
export async function startWorkers(config: WorkersConfig, logger: Logger): Promise<RunningService> {
  const workers = new Workers(config, logger);
  const { port } = await workers.start();
  process.on('SIGHUP', () => void workers.roll());
  return {
    name: 'gateway',
    port,
    url: `http://${hostInUrl(config.host)}:${port}`,
    stop: () => workers.stop(),
  };
}

class Workers {
  private readonly places: Place[];
  private readonly registry = new Registry();
  private readonly ended: Counter;
  private readonly questions = new Map<number, (metrics: readonly Measurement[]) => void>();
  private asked = 0;
  private rolling: Promise<void> | undefined;
  private isAskedToRollAgain = false;
  private stopped: Promise<void> | undefined;

  constructor(
    private readonly config: WorkersConfig,
    private readonly logger: Logger,
  ) {
    this.places = Array.from({ length: config.workers }, (_, index) => ({
      number: index + 1,
      worker: undefined,
      startedAt: 0,
      failures: 0,
      timer: undefined,
    }));
    this.registry.setDefaultLabels({ service: 'gateway' });
    this.ended = new Counter({
      name: 'plinth_gateway_workers_ended_total',
      help: 'Workers of the gateway that ended without being told to',
      registers: [this.registry],
    });
    // NaN, which a histogram without values has, is no JSON.
    cluster.setupPrimary({ serialization: 'advanced' });
    cluster.on('message', (worker: Worker, message: ToPrimary) => this.hear(worker, message));
    cluster.on('listening', worker => logger.info({ pid: worker.process.pid }, 'a worker answers'));
    cluster.on('exit', (worker, code, signal) => this.note(worker, code, signal));
  }

  async start(): Promise<Address> {
    const [first, ...others] = this.places as [Place, ...Place[]];
    // What keeps one from starting keeps them all, and is said once.
    const address = await listening(this.fill(first));
    if (address === undefined) {
      await this.stop();
      throw new ConfigError(['The gateway did not start: its first worker says above why']);
    }
    await Promise.all(others.map(place => listening(this.fill(place))));
    return address;
  }

  /** Asked while it rolls, it rolls once more: what was changed may have been read already. */
  roll(): Promise<void> {
    if (this.rolling !== undefined) this.isAskedToRollAgain = true;
    this.rolling ??= (async () => {
      do {
        this.isAskedToRollAgain = false;
        await this.replaceAll();
      } while (this.isAskedToRollAgain);
      this.rolling = undefined;
    })();
    return this.rolling;
  }

  stop(): Promise<void> {
    this.stopped ??= (async () => {
      for (const { timer } of this.places) clearTimeout(timer);
      await Promise.all(Object.values(cluster.workers ?? {}).map(worker => this.end(worker!, 'stop')));
    })();
    return this.stopped;
  }

  private async replaceAll(): Promise<void> {
    this.logger.info('the workers are replaced, one by one');
    for (const place of this.places) {
      if (this.stopped !== undefined) return;
      const next = cluster.fork();
      const address = await listening(next);
      if (this.stopped !== undefined) return;
      if (address === undefined) {
        next.process.kill('SIGKILL');
        this.logger.error('a new worker did not start: those there are go on');
        return;
      }
      clearTimeout(place.timer);
      const old = place.worker;
      Object.assign(place, { worker: next, startedAt: performance.now(), failures: 0 });
      if (old !== undefined) await this.end(old, 'retire');
    }
    this.logger.info('all workers are replaced');
  }

  private fill(place: Place): Worker {
    const worker = cluster.fork();
    place.worker = worker;
    place.startedAt = performance.now();
    return worker;
  }

  /** Tells a worker how to end, and ends it where it does not. */
  private async end(worker: Worker, how: 'stop' | 'retire'): Promise<void> {
    if (worker.isDead()) return;
    const gone = once(worker, 'exit');
    tell(worker, { say: how });
    // One that retires waits for its clients first, and then stops like any other.
    const graceMs = this.config.shutdownGrace * 1000 * (how === 'retire' ? 2 : 1);
    const timer = setTimeout(() => worker.process.kill('SIGKILL'), graceMs + closeMs);
    await gone;
    clearTimeout(timer);
  }

  private note(worker: Worker, code: number | null, signal: string | null): void {
    const place = this.places.find(one => one.worker === worker);
    if (place === undefined || this.stopped !== undefined) return;
    place.worker = undefined;
    place.failures = performance.now() - place.startedAt >= steadyMs ? 0 : place.failures + 1;
    const pauseMs = place.failures === 0 ? 0 : Math.min(100 * 2 ** (place.failures - 1), longestPauseMs);
    this.ended.inc();
    this.logger.error({ pid: worker.process.pid, code, signal, pause_ms: pauseMs }, 'a worker ended');
    place.timer = setTimeout(() => this.fill(place), pauseMs);
  }

  private hear(worker: Worker, message: ToPrimary): void {
    if (message.say === 'measured') this.questions.get(message.question)?.(message.metrics);
    else if (message.say === 'page?') {
      void this.page().then(body => tell(worker, { say: 'page', question: message.question, body }));
    }
  }

  /** The metrics of every worker under its place's number; those of one that does not answer in time are not there. */
  private async page(): Promise<string> {
    const measurements = await Promise.all(this.places.map(place => this.measure(place)));
    const own = (await this.registry.getMetricsAsJSON()) as Measurement[];
    const all = AggregatorRegistry.aggregate([...measurements, own]);
    return all.metrics();
  }

  private async measure({ worker, number }: Place): Promise<Measurement[]> {
    if (worker === undefined) return [];
    const question = this.asked++;
    let timer: NodeJS.Timeout | undefined;
    const metrics = await new Promise<readonly Measurement[]>(resolve => {
      this.questions.set(question, resolve);
      timer = setTimeout(() => resolve([]), measureMs);
      tell(worker, { say: 'measure', question });
    });
    clearTimeout(timer);
    this.questions.delete(question);
    return metrics.map(metric => ({
      ...metric,
      // No two have the same labels: nothing is added up, and nothing is left out.
      aggregator: 'sum',
      values: metric.values.map(value => ({ ...value, labels: { ...value.labels, worker: String(number) } })),
    }));
  }
}

function tell(worker: Worker, message: ToWorker): void {
  // One that is gone meanwhile hears nothing, and its end is noted elsewhere.
  worker.send(message, () => undefined);
}

/** Where it listens; undefined when it ends before that, or takes too long. */
async function listening(worker: Worker): Promise<Address | undefined> {
  const waiting = new AbortController();
  const { signal } = waiting;
  const timer = setTimeout(() => waiting.abort(), startMs);
  try {
    return await Promise.race([
      once(worker, 'listening', { signal }).then(([address]) => address as Address),
      once(worker, 'exit', { signal }).then(() => undefined),
    ]);
  } catch (error) {
    if (!signal.aborted) throw error;
    return undefined;
  } finally {
    clearTimeout(timer);
    waiting.abort();
  }
}
