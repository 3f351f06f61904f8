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
  /** How long the operations of each address take, smoothed; keyed by the start of the request, which is its query. */
  private readonly pace = new Map<string, number>();

  constructor(options: ServiceTransportOptions = {}) {
    this.general = new UndiciTransport(options.undici);
    this.quick = new PipelinedTransport({
      ...options.pipelined,
      onSettled: (request, milliseconds) => this.took(request, milliseconds),
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

  private usual(request: SubgraphRequest): number {
    return this.pace.size === 0 ? 0 : (this.pace.get(paceKey(request)) ?? 0);
  }

  private took(request: SubgraphRequest, milliseconds: number): void {
    const usual = this.usual(request);
    if (milliseconds <= this.slowMs / 4 && usual === 0) return;
    this.note(paceKey(request), usual === 0 ? milliseconds : usual * 0.8 + milliseconds * 0.2);
  }

  private note(key: string, value: number): void {
    if (value < this.slowMs / 8) {
      this.pace.delete(key);
      return;
    }
    // A flood of different slow operations must not fill the memory.
    if (this.pace.size >= 2_000 && !this.pace.has(key))
      this.pace.delete(this.pace.keys().next().value as string);
    this.pace.set(key, value);
  }
}

function paceKey({ subgraph, body }: SubgraphRequest): string {
  const end = body.indexOf('","variables":');
  return `${subgraph}${end < 0 ? body.slice(0, 300) : body.slice(0, Math.min(end, 300))}`;
}
