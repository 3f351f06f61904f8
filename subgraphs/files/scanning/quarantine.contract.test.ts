import { Database } from '../../../platform/database/database';
import { LiveFiles } from '../files/live-files';
import { FileRow } from '../tables';
import { TestFiles } from '../testing/test-files';
import { Quarantine } from './quarantine';
import type { Verdict } from './scanner';

const files = new TestFiles();
const rows = jest.spyOn(Database.prototype, 'rows');

beforeAll(() => files.start(), 60_000);
afterAll(() => files.close());

/** An instance of the service whose scanner answers with this, and the ids of the files that it scans. */
function instance(verdict: Promise<Verdict>): { quarantine: Quarantine; scanned: string[] } {
  const at = rows.mock.calls.findLastIndex(([row]) => row === (FileRow as unknown));
  const scanned: string[] = [];
  const scanner = {
    isPaused: false,
    verdictOn: (row: object) => {
      scanned.push((row as FileRow).id);
      return verdict;
    },
  };
  const live = new LiveFiles({ publish: async () => {} });
  return { quarantine: new Quarantine(rows.mock.contexts[at] as Database, scanner, live), scanned };
}

describe('A file that waits for its scan', () => {
  let ids: string[];

  beforeEach(async () => {
    const { token } = files.user();
    ids = [];
    for (const content of ['one', 'two', 'three']) ids.push((await files.upload(token, content)).id);
    await files.download(ids[0]!, token);
    await files.database.update('files', 'next_scan_at = 1', `id IN ('${ids.join("', '")}')`);
  });

  it('is scanned by one of several instances', async () => {
    const clean = Promise.resolve<Verdict>({ result: 'clean' });
    const instances = [instance(clean), instance(clean), instance(clean)];
    await Promise.all(instances.map(({ quarantine }) => quarantine.scanPending()));
    expect(instances.flatMap(({ scanned }) => scanned).sort()).toEqual([...ids].sort());
  });

  it('of an instance that has ended is scanned by another after five minutes', async () => {
    const ended = instance(new Promise(() => {}));
    void ended.quarantine.scanPending();
    const other = instance(Promise.resolve({ result: 'clean' }));
    while (ended.scanned.length === 0) await new Promise(setImmediate);
    await other.quarantine.scanPending();
    expect([...ended.scanned, ...other.scanned].sort()).toEqual([...ids].sort());
    files.clock.advance(5 * 60_000);
    await other.quarantine.scanPending();
    expect([...other.scanned].sort()).toEqual([...ids].sort());
  });
});
