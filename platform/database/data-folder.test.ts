import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { lockDataFolder } from './data-folder';

describe('the lock of a data folder', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plinth-lock-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('names the process that has the folder, until it is released', async () => {
    const release = await lockDataFolder(folder);
    await expect(lockDataFolder(folder)).rejects.toMatchObject({
      mistakes: [expect.stringContaining(`in use by process ${process.pid}`)],
    });
    release();
    (await lockDataFolder(folder))();
  });

  it('lasts when nothing refers to it any more and memory is cleaned up', async () => {
    await lockDataFolder(folder);
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    for (let turn = 0; turn < 3; turn++) {
      collect();
      await nextTurn();
    }
    await expect(lockDataFolder(folder)).rejects.toThrow('in use by process');
  });
});
