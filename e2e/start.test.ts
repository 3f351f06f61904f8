import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../platform/testing/free-port';
import { services } from './plinth';

const root = join(__dirname, '..');

async function run(
  file: string,
  environment: Record<string, string>,
  args: readonly string[] = [],
  cwd = root,
): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [join(root, 'dist', file), ...args], {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const [code] = (await once(child, 'exit')) as [number | null];
  return { code, output };
}

describe('a start that cannot succeed', () => {
  it('names every wrong variable at once, and shows no secret', async () => {
    const { code, output } = await run('start.js', {
      AUTH_PORT: 'eighty',
      LOG_LEVEL: 'loud',
      BCRYPT_COST: '99',
      DATABASE_URL: 'mysql://user:hunter2@host/db',
    });
    expect(code).toBe(1);
    const lines = output.trim().split('\n');
    for (const name of ['AUTH_PORT', 'LOG_LEVEL', 'BCRYPT_COST', 'DATABASE_URL']) {
      expect(lines.filter(line => line.startsWith(name))).toHaveLength(1);
    }
    expect(lines).toHaveLength(4);
    expect(output).not.toContain('hunter2');
  });

  it('says in one line each that a port is taken and that the folder cannot be written', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'plinth-start-'));
    const blocker = createServer();
    blocker.listen(0, '127.0.0.1');
    await once(blocker, 'listening');
    const { port } = blocker.address() as AddressInfo;
    try {
      await writeFile(join(folder, 'file'), '');
      const { code, output } = await run('start.js', {
        DATA_DIR: join(folder, 'file', 'data'),
        USERS_PORT: String(port),
        ...Object.fromEntries(
          services.filter(name => name !== 'users').map(name => [`${name.toUpperCase()}_PORT`, '0']),
        ),
      });
      expect(code).toBe(1);
      const lines = output.trim().split('\n');
      expect(lines).toHaveLength(2);
      expect(output).toContain(`Port ${port} is taken`);
      expect(output).toContain('cannot be written');
    } finally {
      blocker.close();
      await rm(folder, { recursive: true });
    }
  });

  it('ends, with one line, when one of the services cannot start and the others have', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'plinth-start-'));
    const ports = services.map(name => name.toUpperCase());
    try {
      const { code, output } = await run('start.js', {
        DATA_DIR: folder,
        BCRYPT_COST: '4',
        LOG_LEVEL: 'silent',
        USERS_DATABASE_URL: 'postgres://user:hunter2@127.0.0.1:9/plinth',
        ...Object.fromEntries(ports.map(name => [`${name}_PORT`, '0'])),
      });
      expect([code, output.trim()]).toEqual([1, 'Cannot connect to PostgreSQL at 127.0.0.1:9']);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('ends where the data folder can never be made', async () => {
    const { code, output } = await run('start.js', {
      DATA_DIR: '/proc/plinth/data',
      ...Object.fromEntries(services.map(name => [`${name.toUpperCase()}_PORT`, '0'])),
    });
    expect([code, output.trim()]).toEqual([
      1,
      'The folder /proc/plinth/data cannot be written (ENOENT): make it writable or set DATA_DIR',
    ]);
  });

  it.each(services)('%s alone says which variables it needs', async service => {
    const { code, output } = await run('start.js', {}, [service]);
    expect(code).toBe(1);
    if (service !== 'gateway') expect(output).toContain('DATABASE_URL is not set');
    expect(output).toContain('REDIS_URL is not set');
  });

  it('warns of a misspelt variable, and reads .env from the working directory', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'plinth-start-'));
    try {
      await writeFile(join(folder, '.env'), 'GATEWAY_PROT=8080\nLOG_LEVEL=loud\nAUTH_PORT=eighty\n');
      const { code, output } = await run('start.js', { AUTH_PORT: '8001' }, [], folder);
      expect([code, output.trim().split('\n')]).toEqual([
        1,
        [
          'Warning: GATEWAY_PROT is not a setting: GATEWAY_PORT is',
          expect.stringMatching(/^LOG_LEVEL must be one of/),
        ],
      ]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('names the existing services when asked to start an unknown one', async () => {
    const { code, output } = await run('start.js', {}, ['product']);
    expect([code, output.trim()]).toEqual([
      1,
      `There is no service "product": it must be one of gateway, ${services.slice(0, -1).join(', ')}`,
    ]);
  });
});

describe('the data folder', () => {
  let folder: string;
  let environment: Record<string, string>;
  const children = new Set<ChildProcess>();

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plinth-start-'));
    environment = { PATH: process.env['PATH'] ?? '', DATA_DIR: join(folder, 'data'), BCRYPT_COST: '4' };
    for (const name of services) environment[`${name.toUpperCase()}_PORT`] = String(await freePort());
  });

  afterEach(async () => {
    for (const child of children) child.kill('SIGKILL');
    children.clear();
    await rm(folder, { recursive: true });
  });

  /** Resolves once all servers answer. */
  const startAll = async (): Promise<ChildProcess> => {
    const child = spawn(process.execPath, [join(root, 'dist', 'start.js')], {
      cwd: root,
      env: environment,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    children.add(child);
    for await (const chunk of child.stderr) if (String(chunk).includes('Plinth runs')) return child;
    throw new Error('Plinth did not start');
  };

  it('belongs to one process, until that process is killed', async () => {
    const first = await startAll();
    const { code, output } = await run('start.js', environment);
    expect([code, output.trim()]).toEqual([
      1,
      `The data folder ${environment['DATA_DIR']} is in use by process ${first.pid}: stop it, or set another DATA_DIR`,
    ]);
    first.kill('SIGKILL');
    await once(first, 'exit');
    await startAll();
  });

  it('and its files are readable by their owner only', async () => {
    await startAll();
    const data = environment['DATA_DIR']!;
    const files = await readdir(data);
    expect(files).toEqual(expect.arrayContaining(['auth.db', 'auth.db-wal', 'users.db', 'secret.key']));
    const readable: string[] = [];
    for (const name of ['.', ...files]) {
      if (((await stat(join(data, name))).mode & 0o077) !== 0) readable.push(name);
    }
    expect(readable).toEqual([]);
  });
});

describe('--help', () => {
  it('of all servers lists every setting with its default and its meaning', async () => {
    const { code, output } = await run('start.js', {}, ['--help']);
    expect(code).toBe(0);
    expect(output).toContain('npm start [-- <service>]');
    expect(output).toContain('  GATEWAY_PORT (default: 8000)\n      Port of the gateway');
    expect(output).toContain('  BCRYPT_COST (default: 12)\n');
    expect(output.match(/^ {2}REDIS_URL /gm)).toHaveLength(1);
  });

  it.each(services)('of %s lists its own settings', async service => {
    const variable = `  ${service.toUpperCase()}_PORT (default: `;
    const { code, output } = await run('start.js', {}, [service, '--help']);
    expect([code, output]).toEqual([0, expect.stringContaining(variable)]);
    const file = service === 'gateway' ? 'supergraph/main.js' : `subgraphs/${service}/main.js`;
    expect((await run(file, {}, ['--help'])).output).toBe(output);
  });
});
