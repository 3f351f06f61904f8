import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { eventually, rest, somebody } from './client';
import { administrator, type Plinth, startPlinth } from './plinth';

const root = join(__dirname, '..');

async function createAdministrator(plinth: Plinth, email: string, password: string) {
  const file = join(root, 'dist', 'subgraphs', 'auth', 'create-administrator.js');
  const child = spawn(process.execPath, [file, '--email', email], { cwd: root, env: plinth.environment });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  child.stdin.end(`${password}\n`);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

describe('the first administrator (A14)', () => {
  const logIn = (at: string, username: string, password: string) =>
    rest('POST', '/auth/login', { at, body: { username, password } });
  const statusOfUsers = async (at: string, username: string, password: string) => {
    const { body } = await logIn(at, username, password);
    return (await rest('GET', '/users', { at, token: body['access_token'] as unknown as string })).status;
  };

  it('is nobody by default; the command makes one, and no second', async () => {
    const plinth = await startPlinth({ ADMIN_EMAIL: '', ADMIN_PASSWORD: '' });
    try {
      const at = plinth.urls.gateway!;
      for (const password of ['admin', 'password', 'plinth', administrator.password]) {
        expect((await logIn(at, 'admin', password)).status).toBe(401);
      }
      const ada = await somebody(at);
      expect((await rest('GET', '/users', { at, token: ada.accessToken })).status).toBe(403);
      const password = 'a password that I chose';
      const created = await createAdministrator(plinth, 'root@example.com', password);
      expect(created).toEqual({ code: 0, output: expect.stringContaining('admin is an administrator') });
      expect(created.output).not.toContain(password);
      await eventually(async () => expect(await statusOfUsers(at, 'admin', password)).toBe(200));
      const again = await createAdministrator(plinth, 'root@example.com', 'another password of mine');
      expect(again.code).toBe(1);
      expect(again.output).toMatch(/taken|registered/);
      expect((await logIn(at, 'admin', 'another password of mine')).status).toBe(401);
    } finally {
      await plinth.close();
    }
  });

  it('is made by the environment once: another start with another password changes nothing', async () => {
    const plinth = await startPlinth();
    try {
      const at = plinth.urls.gateway!;
      const { email, password } = administrator;
      await eventually(async () => expect(await statusOfUsers(at, 'admin', password)).toBe(200));
      await plinth.kill('auth');
      await plinth.restart('auth', { ADMIN_PASSWORD: 'another password of mine' });
      await eventually(async () => expect((await logIn(at, email, password)).status).toBe(200));
      expect((await logIn(at, email, 'another password of mine')).status).toBe(401);
      expect(plinth.output()).not.toContain(password);
    } finally {
      await plinth.close();
    }
  });
});
