/**
 * One service in a process of its own, as it ships: reads its environment, logs to standard output, and besides says what
 * it has used when it is asked. `constant` is no service but a bare node:http server, for a limit.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLogger } from '../../platform/observability/logger';
import { openProcessContext } from '../../platform/process';
import { readAuthConfig } from '../../subgraphs/auth/config';
import { startAuth } from '../../subgraphs/auth/main';
import { readUsersConfig } from '../../subgraphs/users/config';
import { startUsers } from '../../subgraphs/users/main';

/** CPU in microseconds, memory in bytes. */
export interface Usage {
  readonly cpu: number;
  readonly rss: number;
}

async function start(
  what: string,
  shape: 'embedded' | 'alone',
): Promise<{ port: number; stop(): Promise<void> }> {
  if (what === 'constant') return constant(process.env['ANSWER'] ?? '');
  if (what === 'auth') {
    const config = readAuthConfig(shape);
    const shared = openProcessContext({
      ...config,
      logger: createLogger({ service: what, level: config.logLevel }),
    });
    return startAuth(config, shared);
  }
  const config = readUsersConfig(shape);
  const shared = openProcessContext({
    ...config,
    logger: createLogger({ service: what, level: config.logLevel }),
  });
  return startUsers(config, shared);
}

async function constant(answer: string): Promise<{ port: number; stop(): Promise<void> }> {
  const server = createServer((request, response) => {
    request.on('data', () => {});
    request.on('end', () => {
      response.writeHead(200, {
        'content-type': 'application/json; charset=utf-8',
        'content-length': Buffer.byteLength(answer),
      });
      response.end(answer);
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, stop: async () => server.closeAllConnections() };
}

async function main(what: string, shape: 'embedded' | 'alone'): Promise<void> {
  const running = await start(what, shape);
  process.on('message', message => {
    if (message === 'stop') {
      void running.stop().then(() => process.exit(0));
      return;
    }
    const { user, system } = process.cpuUsage();
    process.send?.({ cpu: user + system, rss: process.memoryUsage.rss() } satisfies Usage);
  });
  process.on('disconnect', () => process.exit(1));
  process.send?.({ port: running.port });
}

void main(process.argv[2] ?? '', process.argv[3] === 'alone' ? 'alone' : 'embedded').catch(error => {
  console.error(error);
  process.exit(1);
});
