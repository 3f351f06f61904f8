import { request } from 'undici';
import type { Clock } from '../../platform/clock';
import type { Metrics } from '../../platform/observability/metrics';
import { JoinedPage } from './prometheus-page';

const contentType = 'text/plain; version=0.0.4; charset=utf-8';
/** A service has some hundred kilobytes. */
const maxPageBytes = 8 * 1024 * 1024;

/** A service, and where the GraphQL of each of its instances is. */
export interface MetricsSource {
  readonly name: string;
  readonly instances: readonly { readonly id: string; readonly url: string }[];
}

interface ReadPage {
  readonly name: string;
  readonly instance: string | undefined;
  /** Undefined where it could not be read. */
  readonly page: string | undefined;
}

/**
 * The metrics of the gateway and of all services as one page, so that Prometheus has one target. It is cached for a second: the route is
 * public, and each page calls every service.
 */
export class AllMetrics {
  private asked: { at: number; body: Promise<string> } | undefined;

  constructor(
    private readonly own: Pick<Metrics, 'page'>,
    private readonly services: () => Iterable<MetricsSource>,
    private readonly clock: Clock,
    private readonly limits = { timeoutMs: 2_000, keptMs: 1_000 },
  ) {}

  async page(): Promise<{ contentType: string; body: string }> {
    const now = this.clock.now();
    if (this.asked === undefined || now - this.asked.at >= this.limits.keptMs) {
      this.asked = { at: now, body: this.collect() };
    }
    return { contentType, body: await this.asked.body };
  }

  private async collect(): Promise<string> {
    const [own, pages] = await Promise.all([
      this.own.page(),
      Promise.all([...this.services()].flatMap(service => this.pagesOf(service))),
    ]);
    const joined = new JoinedPage();
    joined.add('gateway', own.body);
    joined.add(
      'gateway',
      '# HELP up Whether the metrics of a service could be read\n# TYPE up gauge\nup 1\n',
    );
    for (const { name, instance, page } of pages) {
      joined.add(name, `up ${page === undefined ? 0 : 1}`, instance);
      if (page !== undefined) joined.add(name, page, instance);
    }
    return joined.toString();
  }

  private pagesOf({ name, instances }: MetricsSource): Promise<ReadPage>[] {
    // Those in this process have no URL.
    const remote = instances.filter(({ url }) => url.startsWith('http'));
    if (instances.length === 0) return [Promise.resolve({ name, instance: undefined, page: undefined })];
    return remote.map(async ({ id, url }) => ({
      name,
      instance: remote.length > 1 ? id : undefined,
      page: await this.read(url),
    }));
  }

  /** @returns undefined where the service has no page now */
  private async read(url: string): Promise<string | undefined> {
    try {
      const { statusCode, body } = await request(new URL('/metrics', url), {
        headers: { accept: 'text/plain; version=0.0.4' },
        signal: AbortSignal.timeout(this.limits.timeoutMs),
      });
      if (statusCode === 200) return await textOf(body);
      await body.dump();
    } catch {
      // That it is down is what the page says.
    }
    return undefined;
  }
}

async function textOf(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxPageBytes) throw new Error(`The page is larger than ${maxPageBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
