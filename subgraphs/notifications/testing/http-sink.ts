import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SinkRequest {
  path: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export interface SinkAnswer {
  status: number;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

/** An HTTP server for tests that stands in for an SMS provider, a push service or the receiver of webhooks. */
export class HttpSink {
  readonly requests: SinkRequest[] = [];
  /** Answers to come, one a request; then `usual`. */
  readonly answers: SinkAnswer[] = [];
  private readonly server: Server;

  private constructor(usual: (request: SinkRequest) => SinkAnswer) {
    this.server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const received = {
          path: request.url ?? '',
          headers: request.headers,
          body: Buffer.concat(chunks),
        };
        this.requests.push(received);
        const { status, headers, body } = this.answers.shift() ?? usual(received);
        response.writeHead(status, headers).end(body);
      });
    });
  }

  static async start(usual: SinkAnswer | ((request: SinkRequest) => SinkAnswer)): Promise<HttpSink> {
    const sink = new HttpSink(typeof usual === 'function' ? usual : () => usual);
    await new Promise<void>(resolve => sink.server.listen(0, '127.0.0.1', resolve));
    return sink;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>(resolve => this.server.close(() => resolve()));
  }
}
