import { randomUUID } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import { uuidv7 } from '../../../platform/ids';
import {
  type PersonalData,
  personalDataHandlers,
  type UserExportRequested,
  userDataExported,
} from '../../../platform/personal-data';
import { eventually } from '../../../platform/testing/eventually';
import { participants } from '../participants';
import { TestUsers } from '../testing/test-users';

const deletionFields = '{ id status completedAt steps { service completedAt erased { kind count } } }';

const remove = `mutation ($id: ID!) { deleteUser(id: $id) ${deletionFields} }`;

const exported = 'mutation { exportMyData { id status waitingFor downloadPath } }';

const readExport = 'query ($id: ID!) { dataExport(id: $id) { id status waitingFor downloadPath } }';

interface Exported {
  id: string;
  status: string;
  waitingFor: string[];
  downloadPath: string | null;
}

const users = new TestUsers();

beforeAll(() => users.start(), 60_000);
afterAll(() => users.close());

beforeEach(() => {
  users.auth.failure = 'none';
});

describe('exportMyData', () => {
  /** The other services, each with the handlers that they really have. */
  async function answer(exportId: string, userId: string, services: readonly string[]): Promise<void> {
    const data: PersonalData = {
      erase: async () => ({ erased: {}, anonymised: {} }),
      collect: async () => [
        { name: 'first.json', content: { of: userId } },
        { name: 'second.json', content: [] },
      ],
    };
    for (const service of services) {
      const handlers =
        service === 'auth'
          ? personalDataHandlers(service, { data, keyring: users.keyring })
          : personalDataHandlers(service);
      const request: UserExportRequested = { exportId, userId };
      const event = {
        id: uuidv7(Date.now()),
        type: 'user.exportRequested',
        version: 1,
        source: 'users',
        occurredAt: Date.now(),
        data: request,
      };
      await handlers['user.exportRequested']!(event, {
        manager: undefined as never,
        write: async () => [],
        afterCommit: () => {},
        emit: async ({ data: published }) => users.publish(userDataExported, published),
      });
    }
  }
  const others = participants().filter(service => service !== 'users');
  const begin = (userId: string) =>
    users.graphql<{ exportMyData: Exported }>(users.token({ userId }), exported);
  const read = async (userId: string, id: string) =>
    (await users.graphql<{ dataExport: Exported | null }>(users.token({ userId }), readExport, { id })).data
      .dataExport;
  const ready = async (userId: string): Promise<Exported> => {
    const { data } = await begin(userId);
    const { id } = data.exportMyData;
    await answer(id, userId, others);
    let found: Exported | null = null;
    await eventually(async () => {
      found = await read(userId, id);
      expect(found?.status).toBe('READY');
    });
    return found!;
  };
  /** The link is a path at the gateway; the service answers without its name. */
  const download = (path: string) => fetch(`${users.url}${path.replace('/users', '')}`);

  it('collects every service’s part, encrypted, into an archive behind a signed link', async () => {
    const { userId, username } = await users.registerAccount();
    await users.graphql(
      users.token({ userId }),
      'mutation ($id: ID!) { updateUser(id: $id, input: { phone: "+4930901820", locale: "es", timeZone: "Europe/Madrid" }) { id } }',
      { id: userId },
    );
    const { data } = await begin(userId);
    const { id } = data.exportMyData;
    expect(data.exportMyData).toMatchObject({ status: 'COLLECTING', downloadPath: null });
    await answer(id, userId, ['auth']);
    await eventually(async () => {
      expect((await read(userId, id))?.waitingFor).toEqual(
        others.filter(service => service !== 'auth').sort(),
      );
    });
    await answer(id, userId, others.toReversed());
    await eventually(async () => expect((await read(userId, id))?.status).toBe('READY'));
    const stored = JSON.stringify(await users.database.rows('export_files', `export_id = '${id}'`));
    expect(stored).not.toContain(username);
    expect(stored).not.toContain('4930901820');
    const response = await download((await read(userId, id))!.downloadPath!);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/zip');
    const archive = Buffer.from(await response.arrayBuffer());
    const files = unzip(archive);
    expect([...files.keys()]).toEqual([
      'auth/first.json',
      'auth/second.json',
      'users/profile.json',
      'users/roles.json',
    ]);
    expect(JSON.parse(files.get('auth/first.json')!)).toEqual({ of: userId });
    expect(JSON.parse(files.get('users/profile.json')!)).toMatchObject({
      username,
      phone: '+4930901820',
      locale: 'es',
      timeZone: 'Europe/Madrid',
    });
  });

  it('is shown to its owner only, and its link opens nothing else and not for long', async () => {
    const [{ userId }, other] = [await users.registerAccount(), await users.registerAccount()];
    const { id, downloadPath } = await ready(userId);
    expect(await read(other.userId, id)).toBeNull();
    const { id: otherId } = await ready(other.userId);
    const link = new URL(downloadPath!, 'http://gateway');
    const expires = link.searchParams.get('expires')!;
    const wrong = [
      `${link.pathname}`,
      `${link.pathname}?expires=${expires}`,
      downloadPath!.replace(id, otherId),
      downloadPath!.replace(expires, String(Number(expires) + 1)),
      `${downloadPath}x`,
      downloadPath!.replace(id, '%00'),
    ];
    for (const path of wrong) expect([path, (await download(path)).status]).toEqual([path, 404]);
    expect((await download(downloadPath!)).status).toBe(200);
    users.clock.advance(56 * 60_000);
    expect((await download(downloadPath!)).status).toBe(404);
    // The export is kept for a day: its owner reads another link.
    expect((await download((await read(userId, id))!.downloadPath!)).status).toBe(200);
    users.clock.advance(25 * 60 * 60_000);
    expect(await read(userId, id)).toBeNull();
    await users.restart();
    await eventually(async () =>
      expect(await users.database.rows('export_files', `export_id = '${id}'`)).toEqual([]),
    );
  });

  it('has links that end with the session that read them', async () => {
    const { userId } = await users.registerAccount();
    const { id } = await ready(userId);
    const sessions = [randomUUID(), randomUUID()];
    const links = await Promise.all(
      sessions.map(async sid => {
        const token = users.token({ userId, claims: { sid } });
        const answer = await users.graphql<{ dataExport: Exported }>(token, readExport, { id });
        return answer.data.dataExport.downloadPath!;
      }),
    );
    const statuses = () => Promise.all(links.map(async link => (await download(link)).status));
    expect(await statuses()).toEqual([200, 200]);
    expect((await download(links[0]!.replace(sessions[0]!, sessions[1]!))).status).toBe(404);
    await users.publish('session.revoked', { userId, sessionIds: [sessions[0]] });
    await eventually(async () => expect(await statuses()).toEqual([404, 200]));
  });

  it('makes one at a time, and three an hour', async () => {
    const { userId } = await users.registerAccount();
    const { data } = await begin(userId);
    const { id } = data.exportMyData;
    expect(await begin(userId)).toMatchObject({ code: 'EXPORT_RUNNING', details: { exportId: id } });
    await answer(id, userId, others);
    await eventually(async () => expect((await read(userId, id))?.status).toBe('READY'));
    await ready(userId);
    await ready(userId);
    expect(await begin(userId)).toMatchObject({ code: 'TOO_MANY_EXPORTS' });
    users.clock.advance(61 * 60_000);
    expect((await begin(userId)).code).toBeUndefined();
  });

  it('goes with its user, and what arrives late is not kept', async () => {
    const { userId } = await users.registerAccount();
    const { downloadPath } = await ready(userId);
    const late = await users.registerAccount();
    const { data } = await begin(late.userId);
    for (const id of [userId, late.userId]) await users.graphql(users.token({ userId: id }), remove, { id });
    expect((await download(downloadPath!)).status).toBe(404);
    await answer(data.exportMyData.id, late.userId, others);
    await users.registerAccount();
    for (const id of [userId, late.userId]) {
      expect(await users.database.rows('exports', `user_id = '${id}'`)).toEqual([]);
    }
    expect(await users.database.rows('export_files', `export_id = '${data.exportMyData.id}'`)).toEqual([]);
  });
});

/** Name → text of each file, read from the central directory (APPNOTE.TXT §4.3.12). */
function unzip(archive: Buffer): Map<string, string> {
  const end = archive.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  const files = new Map<string, string>();
  let at = archive.readUInt32LE(end + 16);
  for (let count = archive.readUInt16LE(end + 10); count > 0; count--) {
    const [method, size] = [archive.readUInt16LE(at + 10), archive.readUInt32LE(at + 20)];
    const nameLength = archive.readUInt16LE(at + 28);
    const name = archive.toString('utf8', at + 46, at + 46 + nameLength);
    const local = archive.readUInt32LE(at + 42);
    const from = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
    const bytes = archive.subarray(from, from + size);
    files.set(name, (method === 8 ? inflateRawSync(bytes) : bytes).toString('utf8'));
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  return files;
}
