import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(__dirname, '..');

async function run(
  file: string,
  environment: Record<string, string>,
): Promise<{ code: number | null; said: string }> {
  const child = spawn(process.execPath, [join(root, 'dist', file)], {
    cwd: root,
    env: { PATH: process.env['PATH'] ?? '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
  }
  const [code] = (await once(child, 'exit')) as [number | null];
  return { code, said };
}

describe('a start that cannot succeed', () => {
  it('names every wrong variable at once, and shows no secret', async () => {
    const { code, said } = await run('start.js', {
      AUTH_PORT: 'eighty',
      LOG_LEVEL: 'loud',
      BCRYPT_COST: '99',
      DATABASE_URL: 'mysql://user:hunter2@host/db',
    });
    expect(code).toBe(1);
    const lines = said.trim().split('\n');
    for (const name of ['AUTH_PORT', 'LOG_LEVEL', 'BCRYPT_COST', 'DATABASE_URL']) {
      expect(lines.filter(line => line.startsWith(name))).toHaveLength(1);
    }
    expect(lines).toHaveLength(4);
    expect(said).not.toContain('hunter2');
  });

  it('says in one line each that a port is taken and that the folder cannot be written', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'plinth-start-'));
    const blocker = createServer();
    blocker.listen(0, '127.0.0.1');
    await once(blocker, 'listening');
    const { port } = blocker.address() as AddressInfo;
    try {
      await writeFile(join(folder, 'file'), '');
      const { code, said } = await run('start.js', {
        DATA_DIR: join(folder, 'file', 'data'),
        USERS_PORT: String(port),
        ...Object.fromEntries(
          ['GATEWAY', 'AUTH', 'NOTIFICATIONS', 'FILES', 'MONITORING'].map(name => [`${name}_PORT`, '0']),
        ),
      });
      expect(code).toBe(1);
      const lines = said.trim().split('\n');
      expect(lines).toHaveLength(2);
      expect(said).toContain(`Port ${port} is taken`);
      expect(said).toContain('cannot be written');
    } finally {
      blocker.close();
      await rm(folder, { recursive: true });
    }
  });

  it('ends, with one line, when one of the services cannot start and the others have', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'plinth-start-'));
    const ports = ['GATEWAY', 'AUTH', 'USERS', 'NOTIFICATIONS', 'FILES', 'MONITORING'];
    try {
      const { code, said } = await run('start.js', {
        DATA_DIR: folder,
        BCRYPT_COST: '4',
        LOG_LEVEL: 'silent',
        USERS_DATABASE_URL: 'postgres://user:hunter2@127.0.0.1:9/plinth',
        ...Object.fromEntries(ports.map(name => [`${name}_PORT`, '0'])),
      });
      expect([code, said.trim()]).toEqual([1, 'Cannot connect to PostgreSQL at 127.0.0.1:9']);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it.each(['auth', 'users', 'notifications', 'files', 'monitoring'])(
    '%s alone says which variables it needs',
    async service => {
      const { code, said } = await run(`subgraphs/${service}/main.js`, {});
      expect(code).toBe(1);
      expect(said).toContain('DATABASE_URL is not set');
      expect(said).toContain('REDIS_URL is not set');
    },
  );
});
