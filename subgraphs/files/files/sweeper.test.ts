import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Keyring } from '../../../platform/security/keyring';
import { eventually } from '../../../platform/testing/eventually';
import type { CrashStep } from '../testing/crash-process';
import { TestFiles } from '../testing/test-files';

const day = 24 * 60 * 60_000;

/** Runs the process to its death. @returns the id of the owner of the file */
async function killed(folder: string, keys: string, step: CrashStep): Promise<string> {
  const child = spawn(
    process.execPath,
    [
      join(__dirname, '../../../platform/testing/typescript.js'),
      join(__dirname, '../testing/crash-process.ts'),
      folder,
      keys,
      step,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const [, signal] = (await once(child, 'close')) as [number | null, string | null];
  expect(signal).toBe('SIGKILL');
  return output.trim();
}

describe('a process that is killed', () => {
  it.each<[CrashStep, number]>([
    ['bytes are written', 0],
    ['bytes are renamed', 0],
    ['the row is written', 0],
    ['the upload is committed', 1],
    ['the row is deleted', 1],
    ['the deletion is committed', 0],
    ['bytes are deleted', 0],
  ])('when %s leaves as many rows as objects: %i', async (step, expected) => {
    const folder = await mkdtemp(join(tmpdir(), 'plinth-files-killed-'));
    const keys = Keyring.generate('test');
    const ownerId = await killed(folder, keys, step);
    const files = new TestFiles({ DATA_DIR: folder, ENCRYPTION_KEYS: keys });
    files.clock.advance(2 * day);
    await files.start();
    try {
      await eventually(async () => expect(await files.objects()).toHaveLength(expected));
      const { token } = files.user({ permissions: ['files:*'] });
      const { body } = await files.rest('GET', `/?owner_id=${ownerId}`, { token });
      const { items } = body as { items: { id: string }[] };
      expect(items).toHaveLength(expected);
      for (const { id } of items) expect(await (await files.download(id, token)).text()).toBe('content');
      expect(await files.usedBytes(ownerId, token)).toBe(expected * 'content'.length);
    } finally {
      await files.close();
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe('the sweeper', () => {
  it('keeps a row whose bytes are missing, and young bytes without a row', async () => {
    const files = new TestFiles();
    await files.start();
    try {
      const { token } = files.user();
      const [lost, kept] = [await files.upload(token, 'lost'), await files.upload(token, 'kept')];
      const path = (id: string) => files.objects().then(all => all.find(each => each.endsWith(id))!);
      const orphan = (await path(lost.id)).replace(lost.id, lost.id.replace(/^......../, 'ffffffff'));
      await rename(await path(lost.id), orphan);
      await files.restartAfter(day / 2);
      await files.restartAfter(0);
      expect(await files.objects()).toContain(orphan);
      const later = files.user({ permissions: ['files:read'] }).token;
      expect((await files.rest('GET', `/${lost.id}`, { token: later })).status).toBe(200);
      await files.restartAfter(day);
      await eventually(async () => expect(await files.objects()).toEqual([await path(kept.id)]));
      const now = files.user({ permissions: ['files:read'] }).token;
      expect((await files.rest('GET', `/${lost.id}`, { token: now })).status).toBe(200);
      expect((await files.download(lost.id, now)).status).toBe(500);
      expect(await (await files.download(kept.id, now)).text()).toBe('kept');
    } finally {
      await files.close();
    }
  });
});
