import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { ConfigError, readAll } from './platform/config';
import { InProcessBus } from './platform/events/event-bus';
import { createLogger } from './platform/observability/logger';
import {
  openProcessContext,
  type ProcessContext,
  printStartError,
  type RunningService,
  startErrorLines,
  stopOnSignal,
} from './platform/process';
import { readAuthConfig } from './subgraphs/auth/config';
import { startAuth } from './subgraphs/auth/main';
import { readFilesConfig } from './subgraphs/files/config';
import { startFiles } from './subgraphs/files/main';
import { readMonitoringConfig } from './subgraphs/monitoring/config';
import { startMonitoring } from './subgraphs/monitoring/main';
import { readNotificationsConfig } from './subgraphs/notifications/config';
import { startNotifications } from './subgraphs/notifications/main';
import { readUsersConfig } from './subgraphs/users/config';
import { startUsers } from './subgraphs/users/main';
import { readGatewayConfig } from './supergraph/config';
import { startGateway } from './supergraph/main';

/** `npm start`: the whole of Plinth in one process, with nothing else installed. */
async function main(): Promise<void> {
  let shared: ProcessContext | undefined;
  const running: RunningService[] = [];
  let release = (): void => {};
  try {
    const config = readAll({
      auth: () => readAuthConfig('embedded'),
      users: () => readUsersConfig('embedded'),
      notifications: () => readNotificationsConfig('embedded'),
      files: () => readFilesConfig('embedded'),
      monitoring: () => readMonitoringConfig('embedded'),
      gateway: () => readGatewayConfig('embedded'),
    });
    await assertPossible(config.gateway.dataDir, Object.values(config));
    shared = openProcessContext({
      redisUrl: config.gateway.redisUrl,
      logger: createLogger({ service: 'plinth', level: config.gateway.logLevel }),
    });
    if (shared.bus instanceof InProcessBus) release = shared.bus.hold();
    const starts = await Promise.allSettled([
      startAuth(config.auth, shared),
      startUsers(config.users, shared),
      startNotifications(config.notifications, shared),
      startFiles(config.files, shared),
      startMonitoring(config.monitoring, shared),
    ]);
    // Those that did start are known before the failure of another is told, so that they are stopped with it.
    for (const start of starts) if (start.status === 'fulfilled') running.push(start.value);
    const failures = starts.flatMap(start =>
      start.status === 'rejected' ? startErrorLines(start.reason) : [],
    );
    if (failures.length > 0) throw new ConfigError([...new Set(failures)]);
    release();
    running.unshift(await startGateway(config.gateway, shared));
    stopOnSignal(running, shared);
    greet(running, config.gateway.dataDir);
  } catch (error) {
    printStartError(error);
    // A relay that waits to publish would keep its service from stopping.
    release();
    for (const service of running) await service.stop();
    await shared?.close();
    process.exitCode = 1;
  }
}

/** Everything that would stop the start, said at once: ports that are taken, a folder that cannot be written. */
async function assertPossible(
  dataDir: string,
  servers: readonly { host: string; port: number }[],
): Promise<void> {
  const mistakes: string[] = [];
  try {
    await mkdir(dataDir, { recursive: true });
    await access(dataDir, constants.W_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    mistakes.push(`The folder ${dataDir} cannot be written (${code}): make it writable or set DATA_DIR`);
  }
  await Promise.all(
    servers.map(async ({ host, port }) => {
      try {
        await tryListening(port, host);
      } catch (error) {
        mistakes.push(...startErrorLines(error));
      }
    }),
  );
  if (mistakes.length > 0) throw new ConfigError(mistakes.sort());
}

function tryListening(port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, host, () => server.close(() => resolve()));
  });
}

/** Written to standard error: standard output is the log, one JSON object a line. */
function greet(running: readonly RunningService[], dataDir: string): void {
  const rows = running.map(
    ({ name, url }) => `  ${name.padEnd(14)} ${url}${name === 'gateway' ? '/graphql' : ''}`,
  );
  console.error(`Plinth runs, ready in ${process.uptime().toFixed(1)} s.

${rows.join('\n')}

  Explore        ${running[0]?.url}/ in a browser
  REST           ${running[0]?.url}/docs
  Data           ${dataDir}
  Administrator  npm run admin:create -- --email you@example.com
  Stop           Ctrl-C
`);
}

void main();
