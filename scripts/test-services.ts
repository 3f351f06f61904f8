import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from '../platform/project-root';
import { startPostgres, startRedis, type TestServer } from '../platform/testing/servers';

/**
 * `npm run test:services`: the tests named `*.contract.test.ts` and `*.services.test.ts`, and the stories of e2e/, on a real PostgreSQL and a real
 * Redis: those of DATABASE_URL and REDIS_URL where set (they are written to!), otherwise its own. Arguments go on to jest.
 */
async function main(): Promise<number> {
  const started: TestServer[] = [];
  const missing: string[] = [];
  const provide = async (name: string, url: string | undefined, start: () => Promise<TestServer>) => {
    if (url) return url;
    try {
      const server = await start();
      started.push(server);
      return server.url;
    } catch (error) {
      missing.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  };
  const stop = () => Promise.all(started.splice(0).map(server => server.close()));

  // Jest is interrupted together with this process and ends by itself; then the servers are stopped below.
  let interrupted = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      interrupted = true;
    });
  }
  try {
    const [database, redis] = await Promise.all([
      provide('PostgreSQL', process.env['DATABASE_URL'], startPostgres),
      provide('Redis', process.env['REDIS_URL'], startRedis),
    ]);
    if (missing.length > 0) {
      console.error(`These could not be started, so no test was run:\n  ${missing.join('\n  ')}`);
      console.error('Set DATABASE_URL and REDIS_URL to use your own, or install redis-server.');
      return 1;
    }
    if (interrupted) return 130;
    const root = projectRoot();
    const environment = { ...process.env, TEST_DATABASE_URL: database, TEST_REDIS_URL: redis };
    let worst = 0;
    for (const config of ['jest.services.config.js', 'jest.e2e.config.js']) {
      if (interrupted) return 130;
      worst = Math.max(worst, await runJest(root, config, environment));
    }
    return worst;
  } finally {
    await stop();
  }
}

function runJest(root: string, config: string, environment: NodeJS.ProcessEnv): Promise<number> {
  const jest = spawn(
    process.execPath,
    [
      join(root, 'node_modules', 'jest', 'bin', 'jest.js'),
      '--config',
      join(root, config),
      // A pattern may name tests of one kind only; all of them together must be some.
      ...(process.argv.length > 2 ? ['--passWithNoTests'] : []),
      ...process.argv.slice(2),
    ],
    { cwd: root, stdio: 'inherit', env: environment },
  );
  const forward = (signal: NodeJS.Signals) => jest.kill(signal);
  process.on('SIGTERM', forward);
  return new Promise(resolve => {
    jest.on('exit', (code, signal) => resolve(signal ? 130 : (code ?? 1)));
    jest.on('error', () => resolve(1));
  });
}

main().then(
  code => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
