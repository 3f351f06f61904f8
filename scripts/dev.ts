import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { projectRoot } from '../platform/project-root';

const root = projectRoot();
const built = join(root, 'dist');
const compiled = 'Found 0 errors';

let server: ChildProcess | undefined;
let isRestarting = false;
let isDue = false;

/** Composes the schema and starts the servers again. When the schema does not compose, the running servers stay. */
async function restart(): Promise<void> {
  isDue = true;
  if (isRestarting) return;
  isRestarting = true;
  while (isDue) {
    isDue = false;
    const composer = spawn(process.execPath, [join(built, 'scripts/schema.js')], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const [code] = await once(composer, 'exit');
    if (code !== 0) continue;
    await stop(server);
    server = spawn(process.execPath, ['--enable-source-maps', join(built, 'start.js')], {
      cwd: root,
      stdio: 'inherit',
      env: { SHUTDOWN_GRACE: '1', ...process.env },
    });
  }
  isRestarting = false;
}

async function stop(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

/** `npm run dev`: compiles what changes, composes the schema, and starts all servers again. */
function main(): void {
  const compiler = spawn(
    process.execPath,
    [
      join(root, 'node_modules/typescript/bin/tsc'),
      '--project',
      'tsconfig.build.json',
      '--watch',
      '--preserveWatchOutput',
    ],
    // The launcher does not pass signals on to the native compiler: both are stopped as a process group.
    { cwd: root, stdio: ['ignore', 'pipe', 'inherit'], detached: true },
  );
  createInterface({ input: compiler.stdout }).on('line', line => {
    if (line.includes(compiled)) void restart();
    else if (line.includes('error')) console.error(line);
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      process.kill(-compiler.pid!, 'SIGTERM');
      void stop(server).then(() => process.exit(0));
    });
  }
}

main();
