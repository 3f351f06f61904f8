import sharp from 'sharp';
import { eventually } from '../../../platform/testing/eventually';
import type { RestOptions } from '../../../platform/testing/rest-client';
import { TestFiles } from '../testing/test-files';

const files = new TestFiles();
let owner: { id: string; token: string };

beforeAll(async () => {
  await files.start();
  owner = files.user();
}, 60_000);
afterAll(() => files.close());

async function share(input: object, content = 'shared content'): Promise<{ fileId: string; url: string }> {
  const { id } = await files.upload(owner.token, content, { name: '<b>&.txt' });
  const { status, body } = await files.rest('POST', `/${id}/share`, { token: owner.token, body: input });
  expect(status).toBe(201);
  return { fileId: id, url: `${files.url}${(body as { url: string }).url}` };
}

const sharesOf = async (fileId: string) => {
  const { data } = await files.graphql<{
    file: { shares: { id: string; downloads: number; accesses: { outcome: string; address: string }[] }[] };
  }>(
    owner.token,
    'query ($id: ID!) { file(id: $id) { shares { id downloads accesses { outcome address } } } }',
    { id: fileId },
  );
  return data.file.shares;
};

describe('a share link', () => {
  it('opens the file without a token, and shows browsers a page without a script', async () => {
    const { fileId, url } = await share({});
    const response = await fetch(url);
    expect([response.status, await response.text()]).toEqual([200, 'shared content']);
    const page = await fetch(url, { headers: { accept: 'text/html,*/*' } });
    const html = await page.text();
    expect(html).toContain('&#60;b&#62;&#38;.txt');
    expect(html).not.toMatch(/<script|<b>/);
    const posted = await fetch(url, { method: 'POST', headers: { accept: 'text/html' } });
    expect([posted.headers.get('content-disposition')?.slice(0, 10), await posted.text()]).toEqual([
      'attachment',
      'shared content',
    ]);
    expect(await sharesOf(fileId)).toMatchObject([
      {
        downloads: 2,
        accesses: [{ outcome: 'DOWNLOADED', address: '127.0.0.1' }, { outcome: 'DOWNLOADED' }],
      },
    ]);
    const stored = await files.database.rows('shares', `file_id = '${fileId}'`);
    expect(JSON.stringify(stored)).not.toContain(url.split('/').at(-1));
  });

  it('shows browsers a picture of a file that has one, not counted, and not before the password', async () => {
    const { token } = files.user();
    const content = await sharp({ create: { width: 600, height: 300, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
    const photo = await files.upload(token, content, { name: 'photo.png' });
    const broken = await files.upload(token, content.subarray(0, 200), { name: 'broken.png' });
    const pageOf = async (id: string, body: object) => {
      const shared = await files.rest('POST', `/${id}/share`, { token, body });
      const { url } = shared.body as { url: string };
      return (await fetch(`${files.url}${url}`, { headers: { accept: 'text/html' } })).text();
    };
    const [, picture] = /<img src="data:image\/webp;base64,([^"]+)"/.exec(
      await pageOf(photo.id, { max_downloads: 1 }),
    )!;
    expect(await sharp(Buffer.from(picture!, 'base64')).metadata()).toMatchObject({
      width: 480,
      height: 240,
    });
    const [row] = await files.database.rows('shares', `file_id = '${photo.id}'`);
    expect(Number(row!['downloads'])).toBe(0);
    expect(await pageOf(photo.id, { password: 'secret words' })).not.toContain('<img');
    const without = await pageOf(broken.id, {});
    expect([without.includes('broken.png'), without.includes('<img')]).toEqual([true, false]);
  });

  it('is closed while its owner is suspended', async () => {
    const { url } = await share({});
    const status = async () => (await fetch(url)).status;
    const publish = (isActive: boolean, occurredAt: number) =>
      files.publish('user.activationChanged', { userId: owner.id, isActive }, { occurredAt });
    const now = files.clock.now();
    await publish(false, now);
    await eventually(async () => expect(await status()).toBe(404));
    // An older event that arrives late opens nothing.
    await publish(true, now - 1);
    expect(await status()).toBe(404);
    await publish(true, now + 1);
    await eventually(async () => expect(await status()).toBe(200));
  });

  it('is closed when its creator may not share the file any more: a user without the permission, a key that ended', async () => {
    const { token } = files.user();
    const { id } = await files.upload(token, 'of somebody else');
    const admin = files.user({ permissions: ['files:read', 'files:write'] });
    const creator = files.user().id;
    const scopes = ['files:read', 'files:write'];
    const keys = [files.issuer.apiKey({ scopes, createdBy: creator }), files.issuer.apiKey({ scopes })];
    const urlOf = async (options: RestOptions) => {
      const { body } = await files.rest('POST', `/${id}/share`, { body: {}, ...options });
      return `${files.url}${(body as { url: string }).url}`;
    };
    const [ofAdmin, ofKey, ofOtherKey] = [
      await urlOf({ token: admin.token }),
      ...(await Promise.all(keys.map(({ key }) => urlOf({ headers: { 'x-api-key': key } })))),
    ] as [string, string, string];
    const status = async (url: string) => (await fetch(url)).status;
    for (const url of [ofAdmin, ofKey, ofOtherKey]) expect(await status(url)).toBe(200);
    await files.publish('access.changed', { userId: admin.id, roles: [], permissions: ['files:read'] });
    await eventually(async () => expect(await status(ofAdmin)).toBe(404));
    await files.publish('access.changed', { userId: creator, roles: [], permissions: [] });
    await eventually(async () => expect(await status(ofKey)).toBe(404));
    expect(await status(ofOtherKey)).toBe(200);
    await files.publish('apiKey.revoked', { keyId: keys[1]!.id });
    await eventually(async () => expect(await status(ofOtherKey)).toBe(404));
  });

  it('keeps its download limit exact under fifty parallel downloads', async () => {
    const { fileId, url } = await share({ max_downloads: 7 });
    const results = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const response = await fetch(url);
        await response.arrayBuffer();
        return response.status;
      }),
    );
    expect(results.filter(status => status === 200)).toHaveLength(7);
    expect(results.filter(status => status === 404)).toHaveLength(43);
    expect((await sharesOf(fileId))[0]!.downloads).toBe(7);
  });

  it('counts the ranges that one client reads once', async () => {
    const { fileId, url } = await share({ max_downloads: 1 });
    const parts: string[] = [];
    for (const range of ['bytes=0-5', 'bytes=6-9', 'bytes=10-']) {
      parts.push(await (await fetch(url, { headers: { range } })).text());
    }
    expect(parts.join('')).toBe('shared content');
    expect((await sharesOf(fileId))[0]!.downloads).toBe(1);
    expect((await fetch(url)).status).toBe(404);
    const other = await fetch(url, { headers: { range: 'bytes=0-5', 'user-agent': 'other' } });
    expect(other.status).toBe(404);
  });

  it('takes its password as header or form field, and slows guessing down', async () => {
    const password = 'pässword '.repeat(20);
    const { fileId, url } = await share({ password });
    const send = (value: string, headers: Record<string, string> = {}) =>
      fetch(url, { method: 'POST', headers, body: new URLSearchParams({ password: value }) });
    expect((await fetch(url)).status).toBe(401);
    expect((await send(password)).status).toBe(200);
    const latin = await share({ password: 'secret' });
    expect((await fetch(latin.url, { headers: { 'x-share-password': 'secret' } })).status).toBe(200);
    expect((await send(`${password}x`, { accept: 'text/html' })).status).toBe(401);
    const guesses = await Promise.all(Array.from({ length: 12 }, () => send('wrong')));
    expect(guesses.filter(({ status }) => status === 401)).toHaveLength(4);
    expect(guesses.filter(({ status }) => status === 429)).toHaveLength(8);
    expect((await send(password)).status).toBe(429);
    files.clock.advance(61_000);
    expect((await send(password)).status).toBe(200);
    const [found] = await sharesOf(fileId);
    expect(found!.accesses.filter(({ outcome }) => outcome === 'WRONG_PASSWORD')).toHaveLength(5);
    expect((await files.database.rows('shares')).every(row => !JSON.stringify(row).includes(password))).toBe(
      true,
    );
  });

  it('ends when it expires, when it is revoked, and with its file', async () => {
    const expiring = await share({ expires_in: 60 });
    files.clock.advance(61_000);
    expect((await fetch(expiring.url)).status).toBe(404);

    const { fileId, url } = await share({});
    const revoke = 'mutation ($id: ID!) { revokeShare(id: $id) { revokedAt } }';
    const { id } = (await sharesOf(fileId))[0]!;
    const stranger = await files.graphql(files.user().token, revoke, { id });
    expect(stranger.errors?.[0]?.extensions['code']).toBe('NOT_FOUND');
    expect((await fetch(url)).status).toBe(200);
    await files.graphql(owner.token, revoke, { id });
    expect((await fetch(url)).status).toBe(404);

    const deleted = await share({});
    await files.rest('DELETE', `/${deleted.fileId}`, { token: owner.token });
    expect((await fetch(deleted.url)).status).toBe(404);
    expect((await fetch(`${files.url}/s/unknown`)).status).toBe(404);
  });
});

describe('a grant', () => {
  const grant =
    'mutation ($f: ID!, $u: ID!, $p: FilePermissionKind!) { grantFilePermission(fileId: $f, userId: $u, permission: $p) { permissions { userId permission } } }';
  const revoke =
    'mutation ($f: ID!, $u: ID!, $p: FilePermissionKind) { revokeFilePermission(fileId: $f, userId: $u, permission: $p) { permissions { userId permission } } }';

  it('opens a file for reading, writing and deleting, each by itself', async () => {
    const friend = files.user();
    const { id: f } = await files.upload(owner.token, 'granted');
    const status = async (method: string, body?: object) =>
      (await files.rest(method, `/${f}`, { token: friend.token, ...(body === undefined ? {} : { body }) }))
        .status;
    const change = (query: string, p: string | null, token = owner.token) =>
      files.graphql<Record<string, { permissions: object[] } | null>>(token, query, { f, u: friend.id, p });

    expect(await status('GET')).toBe(404);
    await change(grant, 'READ');
    expect([await status('GET'), await status('PUT', { tags: [] }), await status('DELETE')]).toEqual([
      200, 404, 404,
    ]);
    const listed = await files.rest('GET', '/', { token: friend.token });
    expect(listed.body).toMatchObject({ items: [{ id: f }] });
    const { errors } = await change(grant, 'DELETE', friend.token);
    expect(errors?.[0]?.extensions['code']).toBe('FORBIDDEN');
    const { data } = await change(grant, 'WRITE');
    expect(data['grantFilePermission']).toEqual({
      permissions: [
        { userId: friend.id, permission: 'READ' },
        { userId: friend.id, permission: 'WRITE' },
      ],
    });
    expect(await status('PUT', { tags: ['x'] })).toBe(200);
    await change(revoke, 'WRITE');
    expect([await status('GET'), await status('PUT', { tags: [] })]).toEqual([200, 404]);
    await change(revoke, null);
    expect(await status('GET')).toBe(404);
    await change(grant, 'DELETE');
    expect(await status('DELETE')).toBe(204);
  });
});
