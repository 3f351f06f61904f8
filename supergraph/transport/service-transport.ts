import { type PipelinedOptions, PipelinedTransport } from './pipelined-transport';
import type { SubgraphRequest, SubgraphResponse, Transport } from './transport';
import { type UndiciOptions, UndiciTransport } from './undici-transport';

export interface ServiceTransportOptions {
  readonly undici?: UndiciOptions | undefined;
  readonly pipelined?: PipelinedOptions | undefined;
  /** A fetch that usually takes longer has a connection to itself. */
  readonly slowMs?: number | undefined;
}

/** Characters beyond which a request goes alone: it delays those behind it, and a service may refuse it and close the connection. */
const largeBody = 64 * 1024;
const largeHead = 8 * 1024;

/**
 * Sends fast reads over plain HTTP by the pipelined client, and everything else by undici: TLS, mutations, and slow or large fetches, which
 * would block the requests behind them.
 */
export class ServiceTransport implements Transport {
  private readonly general: UndiciTransport;
  private readonly pipelined: PipelinedTransport;
  private readonly slowMs: number;
  /** Fetch → the smoothed time for which it blocks others, where it is not short. */
  private readonly latency = new WeakMap<object, number>();

  constructor(options: ServiceTransportOptions = {}) {
    this.general = new UndiciTransport({
      ...options.undici,
      onTurn: (request, milliseconds) => {
        if (request.isRead) this.took(request, milliseconds);
      },
      onSilence: (url, since) => this.pipelined.suspect(url, since),
    });
    this.pipelined = new PipelinedTransport({
      ...options.pipelined,
      onTurn: (request, milliseconds) => this.took(request, milliseconds),
      onSilence: url => this.general.renew(url),
    });
    this.slowMs = options.slowMs ?? 50;
  }

  send(request: SubgraphRequest): Promise<SubgraphResponse> {
    if (
      !request.isRead ||
      !request.url.startsWith('http:') ||
      isLarge(request) ||
      !this.pipelined.hasRoom(request.url)
    ) {
      return this.general.send(request);
    }
    return this.usual(request) > this.slowMs ? this.general.send(request) : this.pipelined.send(request);
  }

  async close(): Promise<void> {
    await Promise.all([this.general.close(), this.pipelined.close()]);
  }

  private usual({ fetch }: SubgraphRequest): number {
    return this.latency.get(fetch) ?? 0;
  }

  private took(request: SubgraphRequest, milliseconds: number): void {
    const usual = this.usual(request);
    const now = usual === 0 ? milliseconds : usual * 0.8 + milliseconds * 0.2;
    if (now > this.slowMs / 4) this.latency.set(request.fetch, now);
    else if (usual > 0) this.latency.delete(request.fetch);
  }
}

function isLarge({ body, headers }: SubgraphRequest): boolean {
  return body.length > largeBody || headers.lines.length > largeHead;
}
