import { request } from 'undici';
import type { Clock } from '../../platform/clock';
import type { Metrics } from '../../platform/observability/metrics';
import {
  type MetricsFormat,
  openMetricsContentType,
  openMetricsOf,
  textContentType,
} from '../../platform/observability/open-metrics';
import { JoinedPage } from './prometheus-page';

const contentTypes: Readonly<Record<MetricsFormat, string>> = {
  text: textContentType,
  openmetrics: openMetricsContentType,
};
const accepted: Readonly<Record<MetricsFormat, string>> = {
  text: 'text/plain; version=0.0.4',
  openmetrics: 'application/openmetrics-text; version=1.0.0, text/plain; version=0.0.4; q=0.5',
};
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
  private readonly asked = new Map<MetricsFormat, { at: number; body: Promise<string> }>();

  constructor(
    private readonly own: Pick<Metrics, 'page'>,
    private readonly services: () => Iterable<MetricsSource>,
    private readonly clock: Clock,
    private readonly limits = { timeoutMs: 2_000, keptMs: 1_000 },
  ) {}

  async page(format: MetricsFormat = 'text'): Promise<{ contentType: string; body: string }> {
    const now = this.clock.now();
    let asked = this.asked.get(format);
    if (asked === undefined || now - asked.at >= this.limits.keptMs) {
      asked = { at: now, body: this.collect(format) };
      this.asked.set(format, asked);
    }
    return { contentType: contentTypes[format], body: await asked.body };
  }

  private async collect(format: MetricsFormat): Promise<string> {
    const [own, pages] = await Promise.all([
      this.own.page(format),
      Promise.all([...this.services()].flatMap(service => this.pagesOf(service, format))),
    ]);
    const joined = new JoinedPage(format);
    joined.add('gateway', inFormat(format, own.contentType, own.body));
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

  private pagesOf({ name, instances }: MetricsSource, format: MetricsFormat): Promise<ReadPage>[] {
    // Those in this process have no URL.
    const remote = instances.filter(({ url }) => url.startsWith('http'));
    if (instances.length === 0) return [Promise.resolve({ name, instance: undefined, page: undefined })];
    return remote.map(async ({ id, url }) => ({
      name,
      instance: remote.length > 1 ? id : undefined,
      page: await this.read(url, format),
    }));
  }

  /** @returns undefined where the service has no page now */
  private async read(url: string, format: MetricsFormat): Promise<string | undefined> {
    try {
      const { statusCode, headers, body } = await request(new URL('/metrics', url), {
        headers: { accept: accepted[format] },
        signal: AbortSignal.timeout(this.limits.timeoutMs),
      });
      if (statusCode === 200) return inFormat(format, String(headers['content-type']), await textOf(body));
      await body.dump();
    } catch {
      // That it is down is what the page says.
    }
    return undefined;
  }
}

/** A server that has no OpenMetrics answers with text. */
function inFormat(format: MetricsFormat, contentType: string, page: string): string {
  const isText = !contentType.startsWith('application/openmetrics-text');
  return format === 'openmetrics' && isText ? openMetricsOf(page) : page;
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
