import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server that the monitoring service watches in tests. */
export class WatchedServer {
  /** The status of /health/ready. */
  ready = 200;
  metrics = '';
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request, response) => {
      if (request.url === '/metrics') response.writeHead(200).end(this.metrics);
      else response.writeHead(request.url === '/health/ready' ? this.ready : 404).end();
    });
  }

  static async start(): Promise<WatchedServer> {
    const watched = new WatchedServer();
    await new Promise<void>(resolve => watched.server.listen(0, '127.0.0.1', resolve));
    return watched;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The page of a server that has answered so many requests in 30 ms each, and so many of them with 500. */
  countRequests(ok: number, failed: number): void {
    const family = 'http_server_request_duration_seconds';
    const lines = [`# TYPE ${family} histogram`];
    for (const [status, count] of [
      ['200', ok],
      ['500', failed],
    ] as const) {
      const labels = `service="gateway",http_route="/graphql",http_response_status_code="${status}"`;
      for (const [bound, part] of [
        ['0.01', 0],
        ['0.05', 1],
        ['+Inf', 1],
      ] as const) {
        lines.push(`${family}_bucket{le="${bound}",${labels}} ${count * part}`);
      }
      lines.push(`${family}_count{${labels}} ${count}`);
    }
    this.metrics = [
      ...lines,
      '# TYPE plinth_x_total counter',
      `plinth_x_total{service="gateway"} ${ok}`,
      '',
    ].join('\n');
  }

  async close(): Promise<void> {
    await new Promise(resolve => {
      this.server.close(resolve);
      this.server.closeAllConnections();
    });
  }
}
