import type { LogLevel } from '../../platform/config';
import { unavailable } from '../../platform/errors';
import { createLogger } from '../../platform/observability/logger';
import { Metrics } from '../../platform/observability/metrics';
import {
  openProcessContext,
  type ProcessContext,
  printStartError,
  type RunningService,
} from '../../platform/process';
import type { Measurement, ToPrimary, ToWorker } from './messages';

export interface RetiringService extends RunningService {
  /** Lets clients go elsewhere without closing a connection under a request, and stops. */
  retire(): Promise<void>;
}

const patienceMs = 3_000;

/** Runs one of several processes on one port; the primary says when it ends. */
export async function runWorker<Config extends { redisUrl?: string | undefined; logLevel: LogLevel }>(
  name: string,
  readConfig: () => Config,
  start: (config: Config, shared: ProcessContext, metrics: Metrics) => Promise<RetiringService>,
): Promise<void> {
  // A terminal signals to all its processes: what follows from it, the primary decides.
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
  process.on('message', ({ say }: ToWorker) => {
    if (say === 'stop' || say === 'retire') void end(say);
  });
  process.on('SIGTERM', () => void end('stop'));
  try {
    const config = readConfig();
    const logger = createLogger({ service: name, level: config.logLevel });
    shared = openProcessContext({ redisUrl: config.redisUrl, logger });
    service = await start(config, shared, new WorkerMetrics(name));
  } catch (error) {
    await shared?.close();
    printStartError(error);
    // The channel to the primary would keep the process alive.
    process.exit(1);
  }
}

/** Whichever worker is asked answers for all: a scrape cannot choose. */
class WorkerMetrics extends Metrics {
  private readonly questions = new Map<number, (body: string) => void>();
  private asked = 0;

  constructor(service: string) {
    super(service);
    process.on('message', (message: ToWorker) => {
      if (message.say === 'measure') void this.measure(message.question);
      else if (message.say === 'page') this.questions.get(message.question)?.(message.body);
    });
  }

  override async page(): Promise<{ contentType: string; body: string }> {
    const question = this.asked++;
    let timer: NodeJS.Timeout | undefined;
    try {
      const body = await new Promise<string>((resolve, reject) => {
        this.questions.set(question, resolve);
        timer = setTimeout(() => reject(unavailable('The metrics are not there right now')), patienceMs);
        tell({ say: 'page?', question });
      });
      return { contentType: this.registry.contentType, body };
    } finally {
      clearTimeout(timer);
      this.questions.delete(question);
    }
  }

  private async measure(question: number): Promise<void> {
    const metrics = (await this.registry.getMetricsAsJSON()) as Measurement[];
    tell({ say: 'measured', question, metrics });
  }
}

function tell(message: ToPrimary): void {
  process.send?.(message);
}
