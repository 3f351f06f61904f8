import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { services } from './plinth';

const root = join(__dirname, '..');

async function run(
  file: string,
  environment: Record<string, string>,
  args: readonly string[] = [],
): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [join(root, 'dist', file), ...args], {
    cwd: root,
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

  it.each(services)('%s alone says which variables it needs', async service => {
    const { code, output } = await run('start.js', {}, [service]);
    expect(code).toBe(1);
    if (service !== 'gateway') expect(output).toContain('DATABASE_URL is not set');
    expect(output).toContain('REDIS_URL is not set');
  });

  it('names the services there are when told to start another', async () => {
    const { code, output } = await run('start.js', {}, ['product']);
    expect([code, output.trim()]).toEqual([
      1,
      `There is no service "product": it must be one of gateway, ${services.slice(0, -1).join(', ')}`,
    ]);
  });
});
