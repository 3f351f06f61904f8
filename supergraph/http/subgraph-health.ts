import { request } from 'undici';
import type { Clock } from '../../platform/clock';

export type SubgraphState = 'ready' | 'not_ready';

/** The readiness of every subgraph. It is cached for a second: the route is public, and each check calls every service. */
export class SubgraphHealth {
  private asked: { at: number; states: Promise<Record<string, SubgraphState>> } | undefined;

  /** @param urls subgraph → URL of its GraphQL */
  constructor(
    private readonly urls: Iterable<readonly [string, string]>,
    private readonly clock: Clock,
    private readonly limits = { timeoutMs: 1_500, keptMs: 1_000 },
  ) {}

  states(): Promise<Record<string, SubgraphState>> {
    const now = this.clock.now();
    if (this.asked === undefined || now - this.asked.at >= this.limits.keptMs) {
      this.asked = { at: now, states: this.ask() };
    }
    return this.asked.states;
  }

  private async ask(): Promise<Record<string, SubgraphState>> {
    const states = await Promise.all(
      [...this.urls].map(async ([name, url]) => [name, await this.stateOf(url)] as const),
    );
    return Object.fromEntries(states);
  }

  private async stateOf(url: string): Promise<SubgraphState> {
    return (await probe(url, this.limits.timeoutMs)) === 'ready' ? 'ready' : 'not_ready';
  }
}

/** Whether a server answers and is ready. A subgraph that is not one of Plinth's may have no more than /health, or neither. */
export async function probe(url: string, timeoutMs: number): Promise<SubgraphState | 'away'> {
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    for (const path of ['/health/ready', '/health']) {
      const { statusCode, body } = await request(new URL(path, url), { signal });
      await body.dump();
      if (statusCode !== 404) return statusCode === 200 ? 'ready' : 'not_ready';
    }
    const { statusCode, body } = await request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: '{"query":"{ __typename }"}',
      signal,
    });
    await body.dump();
    return statusCode === 200 ? 'ready' : 'not_ready';
  } catch {
    return 'away';
  }
}
