import { randomUUID } from 'node:crypto';
import { Database } from '../../platform/database/database';
import { openExported, type UserDataExported } from '../../platform/personal-data';
import { eventually } from '../../platform/testing/eventually';
import { FileRow } from './tables';
import { TestFiles } from './testing/test-files';

const files = new TestFiles();
const rows = jest.spyOn(Database.prototype, 'rows');

beforeAll(() => files.start(), 60_000);
afterAll(() => files.close());

/** Inserts files of the owner, without bytes. */
async function seed(ownerId: string, count: number): Promise<void> {
  const at = rows.mock.calls.findLastIndex(([row]) => row === (FileRow as unknown));
  const db = rows.mock.contexts[at] as Database;
  await db.transaction(tx =>
    tx.manager.query(`WITH RECURSIVE numbers(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < ${count})
      INSERT INTO files
      (id, owner_id, filename, filename_key, original_filename, content_type, size, sha256, chunk_digests, storage_key,
       is_public, tags, created_at, updated_at, version)
      SELECT '00000000-0000-7000-8000-' || substr(CAST(1000000000000 + i AS text), 2), '${ownerId}', 'a.txt', 'a.txt', 'a.txt',
        'text/plain', 1, '', '', CAST(i AS text), ${db.kind === 'sqlite' ? '0' : 'false'}, '[]', i, i, 1 FROM numbers`),
  );
}

it('says in an export how many files are not in it', async () => {
  const { id: userId, token } = files.user();
  await files.download(randomUUID(), token);
  await seed(userId, 7_501);
  const exportId = randomUUID();
  await files.publish('user.exportRequested', { exportId, userId });
  await eventually(async () => {
    const [event] = files.eventsAbout(userId, 'user.dataExported');
    expect(event).toBeDefined();
    expect(files.eventsAbout(userId, 'user.dataExported')).toHaveLength((event!.data as UserDataExported).of);
  }, 30_000);
  const content = new Map(
    files
      .eventsAbout(userId, 'user.dataExported')
      .map(({ data }) => data as UserDataExported)
      .map(({ name, sealed }) => {
        const place = { exportId, service: 'files', name: name! };
        return [name, JSON.parse(openExported(files.keyring, place, sealed!).toString())] as const;
      }),
  );
  const listed = [...content].filter(([name]) => /^files-\d+\.json$/.test(name!)).flatMap(([, page]) => page);
  expect(listed).toHaveLength(7_500);
  expect(content.get('files-omitted.json')).toMatchObject({ files: 7_501, listed: 7_500, omitted: 1 });
}, 60_000);
