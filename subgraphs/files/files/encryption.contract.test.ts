import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Keyring } from '../../../platform/security/keyring';
import { eventually } from '../../../platform/testing/eventually';
import { TestFiles } from '../testing/test-files';

const oldKey = Keyring.generate('old');
const files = new TestFiles({ ENCRYPTION_KEYS: oldKey });

beforeAll(() => files.start(), 60_000);
afterAll(() => files.close());

const objectOf = async (id: string) => (await files.objects()).find(path => path.endsWith(id))!;

describe('a stored content', () => {
  it('is encrypted, and is read in whole and in parts', async () => {
    const { token } = files.user();
    const content = Buffer.alloc(2_500_000, 'secret words ');
    const { id } = await files.upload(token, content);
    const stored = await readFile(await objectOf(id));
    expect(stored.length).toBe(content.length + 3 * 16);
    expect(stored.includes('secret words')).toBe(false);
    const read = async (range?: string) => {
      const response = await files.download(id, token, range === undefined ? {} : { range });
      return Buffer.from(await response.arrayBuffer());
    };
    expect((await read()).equals(content)).toBe(true);
    for (const [start, end] of [
      [0, 10],
      [1_048_570, 1_048_590],
      [2_097_152, 2_097_153],
      [2_400_000, 2_500_000],
    ] as const) {
      expect((await read(`bytes=${start}-${end - 1}`)).equals(content.subarray(start, end))).toBe(true);
    }
  });

  it('is refused when its chunks change places, or when it is that of another file', async () => {
    const { token } = files.user();
    const [one, other] = [
      await files.upload(token, Buffer.alloc(2_097_152, 1)),
      await files.upload(token, Buffer.alloc(2_097_152, 1)),
    ];
    const path = await objectOf(one.id);
    const bytes = await readFile(path);
    const half = bytes.length / 2;
    await writeFile(path, Buffer.concat([bytes.subarray(half), bytes.subarray(0, half)]));
    expect((await files.download(one.id, token)).status).toBe(500);
    await writeFile(path, await readFile(await objectOf(other.id)));
    expect((await files.download(one.id, token)).status).toBe(500);
    expect((await files.download(other.id, token)).status).toBe(200);
  });
});

describe('npm run files:rotate-keys', () => {
  const start = (): ChildProcess => {
    const { variables } = files;
    const environment = Object.entries(variables).filter(([, value]) => value !== undefined);
    return spawn(
      process.execPath,
      [join(__dirname, '../../../platform/testing/typescript.js'), join(__dirname, '../rotate-keys.ts')],
      {
        env: { PATH: process.env['PATH'], ...Object.fromEntries(environment) },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
  };
  const keyIds = async () => {
    const rows = await files.database.rows('files');
    return rows.map(row => String(row['data_key']).split('.')[1]);
  };

  it('puts all files under the new key, also when it is killed halfway and started again', async () => {
    const { token } = files.user();
    const contents = Array.from({ length: 60 }, () => randomBytes(500));
    const ids: string[] = [];
    for (const content of contents) ids.push((await files.upload(token, content)).id);
    await files.restart({ FILES_ENCRYPTION: 'off' });
    for (const content of contents) ids.push((await files.upload(token, content)).id);
    expect(new Set(await keyIds())).toEqual(new Set(['old', undefined]));

    await files.restart({ ENCRYPTION_KEYS: `${Keyring.generate('new')},${oldKey}`, FILES_ENCRYPTION: 'on' });
    const killed = start();
    await once(killed.stdout!, 'data');
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    const halfway = await keyIds();
    expect(halfway).toContain('new');

    const again = start();
    let output = '';
    again.stdout!.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    expect(await once(again, 'exit')).toEqual([0, null]);
    expect(output).toContain('are under the current key');
    expect(new Set(await keyIds())).toEqual(new Set(['new']));

    await files.restart({ ENCRYPTION_KEYS: files.variables['ENCRYPTION_KEYS']!.split(',')[0]! });
    for (const [at, id] of ids.entries()) {
      const response = await files.download(id, files.user({ permissions: ['files:read'] }).token);
      expect(Buffer.from(await response.arrayBuffer()).equals(contents[at % contents.length]!)).toBe(true);
    }
    const rows = await files.database.rows('files');
    await eventually(async () => expect(await files.objects()).toHaveLength(rows.length));
  }, 60_000);
});
