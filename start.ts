import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { createServer } from 'node:net';
import { ConfigError, readAll, readEnvironment } from './platform/config';
import { lockDataFolder } from './platform/database/data-folder';
import { InProcessBus } from './platform/events/in-process-bus';
import { createLogger } from './platform/observability/logger';
import { makeFolder } from './platform/private-files';
import {
  isHelp,
  openProcessContext,
  type ProcessContext,
  printStartError,
  type RunningService,
  runService,
  type ServiceModule,
  startErrorLines,
  stopOnSignal,
  warnOfMisspelt,
} from './platform/process';
import { settingsHelp } from './platform/settings-help';
import { loadService, loadServices, serviceNames } from './scripts/services';

const usage = `npm start [-- <service>]

Without a name: all of Plinth in one process, with nothing else installed.
With a name: that service alone; it needs PostgreSQL and Redis. Its settings: npm start -- <service> --help`;

/** `npm start` and `npm start -- <service>`. */
async function main(args: string[]): Promise<void> {
  try {
    const names = serviceNames();
    const [name, ...rest] = args;
    if (name !== undefined && isHelp(name)) {
      const settings = loadServices().flatMap(service => Object.values(service.settings));
      console.log(`${usage}\n\n  <service>  ${names.join(', ')}\n\n${settingsHelp(settings)}`);
    } else if (name === undefined) {
      await startAll(loadServices());
    } else if (!names.includes(name) || !rest.every(isHelp)) {
      throw new ConfigError([
        `There is no service "${args.join(' ')}": it must be one of ${names.join(', ')}`,
      ]);
    } else if (name === 'gateway') {
      await (require('./supergraph/main') as typeof import('./supergraph/main')).runGateway();
    } else {
      await runService(loadService(name));
    }
  } catch (error) {
    printStartError(error);
    process.exitCode = 1;
  }
}

/** All servers in one process. The gateway is the first of them, starts last and stops first. */
async function startAll([gateway, ...services]: ServiceModule[]): Promise<void> {
  let shared: ProcessContext | undefined;
  const running: RunningService[] = [];
  let release = (): void => {};
  let unlock = (): void => {};
  try {
    const environment = readEnvironment();
    const loopback = { TRUSTED_PROXIES: '127.0.0.0/8, ::1' };
    // The gateway is the proxy of the services, over loopback. The setting is for the proxy of the gateway.
    const environmentOf = (each: ServiceModule) =>
      each === gateway ? { ...loopback, ...environment } : { ...environment, ...loopback, INSTANCE_URL: '' };
    warnOfMisspelt(
      [gateway!, ...services].flatMap(({ settings }) => Object.values(settings)),
      environment,
    );
    const configs = readAll(
      Object.fromEntries(
        [gateway!, ...services].map(
          each => [each.name, () => each.readConfig('embedded', environmentOf(each))] as const,
        ),
      ),
    );
    const config = configs['gateway']!;
    unlock = await takePlace(config.dataDir, Object.values(configs));
    const context = openProcessContext({
      redisUrl: config.redisUrl,
      isEmbedded: true,
      tls: config,
      logger: createLogger({ service: 'plinth', level: config.logLevel, format: config.logFormat }),
    });
    shared = context;
    if (context.bus instanceof InProcessBus) release = context.bus.hold();
    const starts = await Promise.allSettled(services.map(each => each.start(configs[each.name]!, context)));
    // Those that did start are known before the failure of another is reported, so that they are stopped with it.
    for (const start of starts) if (start.status === 'fulfilled') running.push(start.value);
    const failures = starts.flatMap(start =>
      start.status === 'rejected' ? startErrorLines(start.reason) : [],
    );
    if (failures.length > 0) throw new ConfigError([...new Set(failures)]);
    release();
    running.unshift(await gateway!.start(config, context));
    stopOnSignal(running, context);
    greet(running, config.dataDir);
  } catch (error) {
    // A relay that waits to publish would keep its service from stopping.
    release();
    for (const service of running) await service.stop();
    await shared?.close();
    unlock();
    throw error;
  }
}

/**
 * Locks the data folder, and says at once everything else that would stop the start: ports that are taken, a folder that
 * cannot be written.
 *
 * @returns unlocks the data folder
 */
async function takePlace(
  dataDir: string,
  servers: readonly { host: string; port: number }[],
): Promise<() => void> {
  const mistakes: string[] = [];
  let unlock = (): void => {};
  try {
    await makeFolder(dataDir);
    await access(dataDir, constants.W_OK);
    unlock = await lockDataFolder(dataDir);
  } catch (error) {
    // The process that has the folder most likely has the ports too.
    if (error instanceof ConfigError) throw error;
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
  if (mistakes.length > 0) {
    unlock();
    throw new ConfigError(mistakes.sort());
  }
  return unlock;
}

function tryListening(port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, host, () => server.close(() => resolve()));
  });
}

/** Written to standard error: standard output is the log. */
function greet(running: readonly RunningService[], dataDir: string): void {
  const rows = running.map(
    ({ name, url }) => `  ${name.padEnd(14)} ${url}${name === 'gateway' ? '/graphql' : ''}`,
  );
  console.error(`Plinth runs, ready in ${process.uptime().toFixed(1)} s.

${rows.join('\n')}

  Explore        ${running[0]?.url}/ in a browser
  Dashboard      ${running[0]?.url}/dashboard
  REST           ${running[0]?.url}/docs
  Data           ${dataDir}
  Administrator  npm run admin:create -- --email you@example.com
  Stop           Ctrl-C
`);
}

void main(process.argv.slice(2));
