import { request } from 'undici';

/** A server that is watched. */
export interface Target {
  /** As in rover.yaml, or `gateway`. */
  readonly name: string;
  /** @throws Error with a short reason that shows no address */
  probe(timeoutMs: number): Promise<void>;
  /** The page of its metrics. @throws Error */
  scrape(timeoutMs: number): Promise<string>;
}

/** A page of metrics larger than this is refused. */
const largestPage = 8 * 1024 * 1024;

/** A server that answers over HTTP. */
export class HttpTarget implements Target {
  constructor(
    readonly name: string,
    private readonly url: string,
  ) {}

  async probe(timeoutMs: number): Promise<void> {
    const signal = AbortSignal.timeout(timeoutMs);
    // A foreign subgraph may have /health only.
    for (const path of ['/health/ready', '/health']) {
      const { statusCode, body } = await this.get(path, signal);
      await body.dump();
      if (statusCode === 200) return;
      if (statusCode !== 404) throw new Error(`answered ${statusCode}`);
    }
    throw new Error('answered 404');
  }

  async scrape(timeoutMs: number): Promise<string> {
    const { statusCode, body, headers } = await this.get('/metrics', AbortSignal.timeout(timeoutMs));
    if (statusCode !== 200 || Number(headers['content-length'] ?? 0) > largestPage) {
      await body.dump();
      throw new Error(`answered ${statusCode}`);
    }
    let text = '';
    for await (const chunk of body) {
      text += String(chunk);
      if (text.length > largestPage) throw new Error('answered a page that is too large');
    }
    return text;
  }

  private async get(path: string, signal: AbortSignal) {
    try {
      return await request(new URL(path, this.url), { signal });
    } catch (error) {
      const { name, code } = error as { name?: string; code?: string };
      throw new Error(name === 'TimeoutError' ? 'no answer in time' : (code ?? 'no answer'), {
        cause: error,
      });
    }
  }
}

/** This server: its own readiness checks and metrics. */
export class OwnTarget implements Target {
  constructor(
    readonly name: string,
    private readonly ready: Readonly<Record<string, () => Promise<void>>>,
    private readonly page: () => Promise<{ body: string }>,
  ) {}

  async probe(): Promise<void> {
    for (const [part, check] of Object.entries(this.ready)) {
      await check().catch(error => {
        throw new Error(`${part} is not ready`, { cause: error });
      });
    }
  }

  async scrape(): Promise<string> {
    return (await this.page()).body;
  }
}
