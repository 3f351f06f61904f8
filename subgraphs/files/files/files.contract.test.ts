import { randomBytes, randomUUID } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { exportedContentPath, openExported, type UserDataExported } from '../../../platform/personal-data';
import { ServiceCommands } from '../../../platform/service-commands';
import { eventually } from '../../../platform/testing/eventually';
import { LiveClient } from '../../../platform/testing/live-client';
import { TestFiles, type UploadedFile } from '../testing/test-files';

interface Exported {
  id: string;
  path: string | null;
  downloadPath: string | null;
}

const files = new TestFiles();

beforeAll(() => files.start(), 60_000);
afterAll(() => files.close());

const list = async (token: string, query = '') => {
  const { body } = await files.rest('GET', `/?${query}`, { token });
  return body as unknown as {
    items: UploadedFile[];
    page_info: { end_cursor: string; has_next_page: boolean };
  };
};
const names = async (token: string, query = '') =>
  (await list(token, query)).items.map(({ filename }) => filename);

describe('the files of a user', () => {
  it('are listed page by page, with filters', async () => {
    const { id: ownerId, token } = files.user();
    for (const [name, tags] of [
      ['One.txt', 'red'],
      ['two_%.csv', 'red,blue'],
      ['three.txt', 'blue'],
    ] as const) {
      await files.upload(token, 'x', {
        name,
        type: name.endsWith('csv') ? 'text/csv' : 'text/plain',
        fields: { tags },
      });
    }
    const page = await list(token, 'first=2');
    expect(page.items.map(({ filename }) => filename)).toEqual(['three.txt', 'two_%.csv']);
    expect(await names(token, `first=2&after=${page.page_info.end_cursor}`)).toEqual(['One.txt']);
    expect(await names(token, 'tag=red')).toEqual(['two_%.csv', 'One.txt']);
    expect(await names(token, 'content_type=text/csv')).toEqual(['two_%.csv']);
    expect(await names(token, 'content_type=text/*')).toHaveLength(3);
    expect(await names(token, 'content_type=image/*')).toEqual([]);
    expect(await names(token, 'name=ONE')).toEqual(['One.txt']);
    expect(await names(token, 'name=_%25')).toEqual(['two_%.csv']);
    expect(await names(token, `owner_id=${ownerId}`)).toHaveLength(3);
  });

  it('look missing to others everywhere, and are open to administrators', async () => {
    const { id: ownerId, token } = files.user();
    const { id } = await files.upload(token, 'private', { name: 'mine.txt' });
    const other = files.user().token;
    const entities = 'query ($r: [_Any!]!) { _entities(representations: $r) { ... on File { filename } } }';
    for (const stranger of [other, undefined]) {
      const options = stranger === undefined ? {} : { token: stranger };
      expect((await files.rest('GET', `/${id}`, options)).status).toBe(404);
      expect((await files.download(id, stranger)).status).toBe(404);
      const denied = stranger === undefined ? 401 : 404;
      expect((await files.rest('PUT', `/${id}`, { ...options, body: { filename: 'x' } })).status).toBe(
        denied,
      );
      expect((await files.rest('DELETE', `/${id}`, options)).status).toBe(denied);
      const { data } = await files.graphql(stranger, entities, { r: [{ __typename: 'File', id }] });
      expect(data).toEqual({ _entities: [null] });
    }
    expect(await names(other, `owner_id=${ownerId}`)).toEqual([]);
    const admin = files.user({ permissions: ['files:*'] }).token;
    expect(await names(admin, `owner_id=${ownerId}`)).toEqual(['mine.txt']);
    expect((await files.download(id, admin)).status).toBe(200);
    expect((await files.rest('DELETE', `/${id}`, { token: admin })).status).toBe(204);
    expect((await files.objects()).filter(path => path.endsWith(id))).toEqual([]);
  });

  it('are read by everybody once they are public, and changed by the owner only', async () => {
    const { id: ownerId, token } = files.user();
    const { id } = await files.upload(token, 'hello', { name: 'a.txt', fields: { tags: 'old' } });
    const changed = await files.rest('PUT', `/${id}`, {
      token,
      body: { filename: 'b.txt', tags: ['new'], is_public: true, version: 1 },
    });
    expect(changed).toMatchObject({
      status: 200,
      body: { filename: 'b.txt', tags: ['new'], is_public: true },
    });
    expect((await files.rest('PUT', `/${id}`, { token, body: { filename: 'c', version: 1 } })).status).toBe(
      409,
    );
    expect((await files.rest('PUT', `/${id}`, { token, body: { filename: 'a/b' } })).status).toBe(422);
    expect(await names(token, 'tag=new')).toEqual(['b.txt']);
    expect(await names(token, 'tag=old')).toEqual([]);
    expect(await (await files.download(id)).text()).toBe('hello');
    const other = files.user().token;
    expect(await names(other, `owner_id=${ownerId}`)).toEqual(['b.txt']);
    expect((await files.rest('DELETE', `/${id}`, { token: other })).status).toBe(404);
  });

  it('are watched live by those who may read them', async () => {
    const { token } = files.user();
    const { id } = await files.upload(token, 'watched', { name: 'a.txt' });
    const watch = 'subscription ($id: ID!) { fileChanged(id: $id) { filename } }';
    type Changed = { fileChanged: { filename: string } | null };
    const clients = [token, files.user().token].map(
      each => new LiveClient(files.url, { authorization: `Bearer ${each}` }),
    );
    const [own, foreign] = clients.map(client => client.subscribe<Changed>(watch, { id }));
    const seen = (watched: typeof own) =>
      watched!.results.map(({ data }) => data?.fileChanged?.filename ?? null);
    await eventually(async () => expect([seen(own), seen(foreign)]).toEqual([['a.txt'], [null]]));
    await files.rest('PUT', `/${id}`, { token, body: { filename: 'b.txt' } });
    await eventually(async () => expect(seen(own).at(-1)).toBe('b.txt'));
    await files.rest('DELETE', `/${id}`, { token });
    await eventually(async () => expect(seen(own).at(-1)).toBeNull());
    expect(new Set(seen(foreign))).toEqual(new Set([null]));
    for (const client of clients) await client.close();
  });

  it('belong to the trace of the request that made them, for those who may read them', async () => {
    const traceId = randomBytes(16).toString('hex');
    const traceparent = `00-${traceId}-${randomBytes(8).toString('hex')}-01`;
    const { token } = files.user();
    const upload = async (name: string, isPublic: boolean) => {
      const { status, body } = await files.send(token, 'x', {
        name,
        fields: { is_public: String(isPublic) },
        headers: { traceparent },
      });
      expect(status).toBe(201);
      return body.id;
    };
    const hidden = await upload('hidden.txt', false);
    files.clock.advance(1);
    const open = await upload('open.txt', true);
    await files.upload(token, 'of another request');
    const query =
      'query ($r: [_Any!]!, $after: String) { _entities(representations: $r) { ... on Trace { files(first: 1, after: $after) { nodes { id } pageInfo { endCursor hasNextPage } } } } }';
    type Shown = { nodes: { id: string }[]; pageInfo: { endCursor: string; hasNextPage: boolean } };
    const page = async (caller: string | undefined, after?: string, id = traceId) => {
      const variables = { r: [{ __typename: 'Trace', id }], after };
      const { data } = await files.graphql<{ _entities: { files: Shown | null }[] }>(
        caller,
        query,
        variables,
      );
      return data._entities[0]!.files;
    };
    const first = await page(token);
    expect(first).toMatchObject({ nodes: [{ id: open }], pageInfo: { hasNextPage: true } });
    expect(await page(token, first!.pageInfo.endCursor)).toMatchObject({
      nodes: [{ id: hidden }],
      pageInfo: { hasNextPage: false },
    });
    const none = { nodes: [], pageInfo: { hasNextPage: false } };
    const one = { nodes: [{ id: open }], pageInfo: { hasNextPage: false } };
    expect(await page(files.user().token)).toMatchObject(one);
    expect(await page(files.user({ permissions: ['files:read'] }).token)).toMatchObject({
      pageInfo: { hasNextPage: true },
    });
    expect(await page(undefined)).toBeNull();
    expect(await page(token, undefined, `${traceId}\0`)).toMatchObject({ pageInfo: { hasNextPage: true } });
    expect(await page(token, undefined, randomBytes(16).toString('hex'))).toMatchObject(none);
  });

  it('count for the storage of the user, who alone may see it', async () => {
    const { id, token } = files.user();
    await files.upload(token, '12345');
    const query =
      'query ($r: [_Any!]!) { _entities(representations: $r) { ... on User { storageUsage { bytes files } files { nodes { size } } } } }';
    const variables = { r: [{ __typename: 'User', id }] };
    expect((await files.graphql(token, query, variables)).data).toEqual({
      _entities: [{ storageUsage: { bytes: 5, files: 1 }, files: { nodes: [{ size: 5 }] } }],
    });
    expect((await files.graphql(files.user().token, query, variables)).data).toEqual({
      _entities: [{ storageUsage: null, files: { nodes: [] } }],
    });
  });

  it('are exported with their contents up to the set size and links to the others, and erased with the user', async () => {
    await files.restart({ FILES_EXPORT_MAX_SIZE: '20' });
    const { id: userId, token } = files.user();
    const small = await files.upload(token, 'personal', { name: 'ä/b.txt' });
    const large = await files.upload(token, 'much too large for it');
    const last = await files.upload(token, 'fits again');
    const before = await files.objects();
    const exportId = randomUUID();
    await files.publish('user.exportRequested', { exportId, userId });
    await eventually(async () =>
      expect(files.eventsAbout(userId, 'user.dataExported')).toMatchObject([
        { data: { name: 'files-1.json', of: 2 } },
        { data: { name: 'contents-1.json', of: 2 } },
      ]),
    );
    const [list, contents] = files
      .eventsAbout(userId, 'user.dataExported')
      .map(({ data }) => data as UserDataExported)
      .map(({ name, sealed }) => {
        const place = { exportId, service: 'files', name: name! };
        return JSON.parse(openExported(files.keyring, place, sealed!).toString()) as Exported[];
      });
    const paths = { small: `contents/${small.id}/b.txt`, last: `contents/${last.id}/notes.txt` };
    expect(list).toMatchObject([
      { id: small.id, path: paths.small, downloadPath: null },
      { id: large.id, path: null, downloadPath: expect.stringContaining('signature=') },
      { id: last.id, path: paths.last, downloadPath: null },
    ]);
    expect(contents).toEqual([
      { id: small.id, path: paths.small, size: 8 },
      { id: last.id, path: paths.last, size: 10 },
    ]);
    const linked = await fetch(`${files.url}${list![1]!.downloadPath!.replace('/files', '')}`);
    expect(await linked.text()).toBe('much too large for it');

    const commands = new ServiceCommands(files.url, files.keyring, files.clock);
    const read = async (id: string, owner = userId) => {
      const stream = await commands.read(exportedContentPath, { id, userId: owner });
      return stream === undefined ? undefined : text(stream);
    };
    expect(await read(small.id)).toBe('personal');
    expect(await read(small.id, files.user().id)).toBeUndefined();
    expect(await read(randomUUID())).toBeUndefined();
    const unsigned = await fetch(`${files.url}${exportedContentPath}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ id: small.id, userId }),
    });
    expect(unsigned.status).toBe(401);

    await files.publish('user.deletionRequested', { deletionId: 'd', userId });
    await eventually(async () => expect((await files.objects()).length).toBe(before.length - 3));
    await eventually(async () =>
      expect(files.eventsAbout(userId, 'user.dataErased')).toMatchObject([
        { data: { erased: { files: 3 } } },
      ]),
    );
    expect(await files.database.rows('storage_usage', `user_id = '${userId}'`)).toEqual([]);
  });
});
