import { type PipelinedOptions, PipelinedTransport } from './pipelined-transport';
import type { SubgraphRequest, SubgraphResponse, Transport } from './transport';
import { type UndiciOptions, UndiciTransport } from './undici-transport';

export interface ServiceTransportOptions {
  readonly undici?: UndiciOptions | undefined;
  readonly pipelined?: PipelinedOptions | undefined;
  /** An operation that usually takes longer than this has a connection to itself. */
  readonly slowMs?: number | undefined;
}

/**
 * Takes the pipelined client for quick plain reads and undici for everything else: TLS, mutations, and operations that have
 * been slow, behind which others would have to wait.
 */
export class ServiceTransport implements Transport {
  private readonly general: UndiciTransport;
  private readonly quick: PipelinedTransport;
  private readonly slowMs: number;
  /** How long each fetch keeps others waiting, smoothed; of those that are not quick. */
  private readonly pace = new WeakMap<object, number>();

  constructor(options: ServiceTransportOptions = {}) {
    this.general = new UndiciTransport(options.undici);
    this.quick = new PipelinedTransport({
      ...options.pipelined,
      onTurn: (request, milliseconds) => this.took(request, milliseconds),
    });
    this.slowMs = options.slowMs ?? 50;
  }

  send(request: SubgraphRequest): Promise<SubgraphResponse> {
    if (!request.isRead || !request.url.startsWith('http:') || !this.quick.hasRoom(request.url)) {
      return this.general.send(request);
    }
    return this.usual(request) > this.slowMs ? this.sendAlone(request) : this.quick.send(request);
  }

  async close(): Promise<void> {
    await Promise.all([this.general.close(), this.quick.close()]);
  }

  private async sendAlone(request: SubgraphRequest): Promise<SubgraphResponse> {
    const started = performance.now();
    try {
      return await this.general.send(request);
    } finally {
      this.took(request, performance.now() - started);
    }
  }

  private usual({ fetch }: SubgraphRequest): number {
    return this.pace.get(fetch) ?? 0;
  }

  private took(request: SubgraphRequest, milliseconds: number): void {
    const usual = this.usual(request);
    const now = usual === 0 ? milliseconds : usual * 0.8 + milliseconds * 0.2;
    if (now > this.slowMs / 4) this.pace.set(request.fetch, now);
    else if (usual > 0) this.pace.delete(request.fetch);
  }
}
