import { readFile, writeFile } from 'node:fs/promises';
import { eventually } from '../../../platform/testing/eventually';
import { sendGraphQL } from '../../../platform/testing/graphql-client';
import { TestFiles } from '../testing/test-files';

const files = new TestFiles();

beforeAll(() => files.start(), 60_000);
afterAll(() => files.close());

describe('a download', () => {
  it('answers ranges: one, several, the last bytes, and none that exists', async () => {
    const { token } = files.user();
    const { id } = await files.upload(token, '0123456789', { type: 'text/plain' });
    const get = async (range: string, headers: Record<string, string> = {}) => {
      const response = await files.download(id, token, { range, ...headers });
      return [response.status, response.headers.get('content-range'), await response.text()];
    };
    expect(await get('bytes=2-4')).toEqual([206, 'bytes 2-4/10', '234']);
    expect(await get('bytes=7-')).toEqual([206, 'bytes 7-9/10', '789']);
    expect(await get('bytes=-3')).toEqual([206, 'bytes 7-9/10', '789']);
    expect(await get('bytes=-30')).toEqual([206, 'bytes 0-9/10', '0123456789']);
    expect((await get('bytes=10-')).slice(0, 2)).toEqual([416, 'bytes */10']);
    for (const range of ['bytes=4-2', 'lines=1-2', 'bytes=0-8,1-9']) {
      expect(await get(range)).toEqual([200, null, '0123456789']);
    }
    const several = await files.download(id, token, { range: 'bytes=0-1,8-9' });
    const boundary = /boundary=(\w+)/.exec(several.headers.get('content-type')!)![1];
    const text = await several.text();
    expect(text).toBe(
      `--${boundary}\r\ncontent-type: text/plain\r\ncontent-range: bytes 0-1/10\r\n\r\n01\r\n` +
        `--${boundary}\r\ncontent-type: text/plain\r\ncontent-range: bytes 8-9/10\r\n\r\n89\r\n--${boundary}--\r\n`,
    );
    expect(several.headers.get('content-length')).toBe(String(text.length));
    const etag = (await files.download(id, token)).headers.get('etag')!;
    expect((await get('bytes=0-0', { 'if-range': etag }))[0]).toBe(206);
    expect((await get('bytes=0-0', { 'if-range': '"other"' }))[0]).toBe(200);
  });

  it('answers conditional requests and HEAD', async () => {
    const { token } = files.user();
    const { id } = await files.upload(token, 'content');
    const head = await files.download(id, token, {}, 'HEAD');
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '7', '']);
    const etag = head.headers.get('etag')!;
    const modified = head.headers.get('last-modified')!;
    const status = async (headers: Record<string, string>) =>
      (await files.download(id, token, headers)).status;
    expect(await status({ 'if-none-match': etag })).toBe(304);
    expect(await status({ 'if-none-match': `"x", W/${etag}` })).toBe(304);
    expect(await status({ 'if-none-match': '"x"', 'if-modified-since': modified })).toBe(200);
    expect(await status({ 'if-modified-since': modified })).toBe(304);
    expect(await status({ 'if-match': '"x"' })).toBe(412);
    expect(await status({ 'if-match': etag })).toBe(200);
    expect(await status({ 'if-unmodified-since': 'Thu, 01 Jan 1970 00:00:00 GMT' })).toBe(412);
  });

  it('never lets uploaded content run on our origin', async () => {
    const { token } = files.user();
    for (const [content, type] of [
      ['<html></html>', 'text/html'],
      ['<svg xmlns="http://www.w3.org/2000/svg"/>', 'image/svg+xml'],
      ['<?xml version="1.0"?><a/>', 'application/xml'],
      ['%PDF-1.4 a', 'application/pdf'],
    ] as const) {
      const { id } = await files.upload(token, content, { type, name: 'a b; ü\u202e.html' });
      const { headers } = await files.download(id, token);
      expect(headers.get('content-type')).toBe(type);
      expect(headers.get('content-disposition')).toBe(
        `attachment; filename="a b; u.html"; filename*=UTF-8''a%20b%3B%20%C3%BC.html`,
      );
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('content-security-policy')).toBe("default-src 'none'; sandbox");
    }
  });

  it('never serves damaged bytes as whole', async () => {
    const { token } = files.user();
    const content = Buffer.alloc(2_500_000, 7);
    const { id } = await files.upload(token, content);
    const path = (await files.objects()).find(each => each.endsWith(id))!;
    const bytes = await readFile(path);
    bytes[2_400_000]! ^= 1;
    await writeFile(path, bytes);
    const lengthOf = async (headers: Record<string, string> = {}) =>
      (await (await files.download(id, token, headers)).arrayBuffer()).byteLength;
    await expect(lengthOf()).rejects.toThrow();
    expect(await lengthOf({ range: 'bytes=5-9' })).toBe(5);
    const damaged = await files.download(id, token, { range: 'bytes=2100000-2100009' });
    expect([damaged.status, await damaged.json()]).toMatchObject([500, { error: 'INTERNAL_ERROR' }]);
    await writeFile(path, bytes.subarray(0, 2_000_000));
    await expect(lengthOf()).rejects.toThrow();
  });

  it('by a signed link ends when its creator is suspended, or may no longer read the file', async () => {
    const owner = files.user();
    const reader = files.user();
    const { id } = await files.upload(owner.token, 'shared');
    const linkOf = async (token: string) => {
      const { data } = await files.graphql<{ file: { downloadUrl: string } }>(
        token,
        'query ($id: ID!) { file(id: $id) { downloadUrl } }',
        { id },
      );
      return data.file.downloadUrl.slice('/files'.length);
    };
    const statusOf = async (path: string) => (await fetch(`${files.url}${path}`)).status;
    const change = (field: 'grantFilePermission' | 'revokeFilePermission') =>
      files.graphql(
        owner.token,
        `mutation ($id: ID!, $userId: ID!) { ${field}(fileId: $id, userId: $userId, permission: READ) { id } }`,
        { id, userId: reader.id },
      );
    await change('grantFilePermission');
    const [owned, granted] = [await linkOf(owner.token), await linkOf(reader.token)];
    expect([await statusOf(owned), await statusOf(granted)]).toEqual([200, 200]);
    expect(await statusOf(granted.replace(reader.id, owner.id))).toBe(404);
    await files.publish('user.activationChanged', { userId: owner.id, isActive: false });
    await eventually(async () => expect(await statusOf(owned)).toBe(404));
    expect(await statusOf(granted)).toBe(200);
    await files.publish('user.activationChanged', { userId: owner.id, isActive: true });
    await eventually(async () => expect(await statusOf(owned)).toBe(200));
    await change('revokeFilePermission');
    expect(await statusOf(granted)).toBe(404);
  });

  it('by a signed link of an API key ends with the key, and with the permission of its creator', async () => {
    const { token } = files.user();
    const { id } = await files.upload(token, 'read by a key');
    const createdBy = files.user().id;
    const expiresAt = files.clock.now() + 60_000;
    const keys = [
      files.issuer.apiKey({ scopes: ['files:read'], createdBy }),
      files.issuer.apiKey({ scopes: ['files:read'] }),
      files.issuer.apiKey({ scopes: ['files:read'], expiresAt }),
    ];
    const [first, second, third] = await Promise.all(
      keys.map(async ({ key }) => {
        const query = 'query ($id: ID!) { file(id: $id) { downloadUrl } }';
        const headers = { 'x-api-key': key };
        const { data } = await sendGraphQL<{ file: { downloadUrl: string } }>(files.url, {
          query,
          variables: { id },
          headers,
        });
        return `${files.url}${data.file.downloadUrl.slice('/files'.length)}`;
      }),
    );
    const status = async (url: string | undefined) => (await fetch(url!)).status;
    for (const url of [first, second, third]) expect(await status(url)).toBe(200);
    await files.publish('access.changed', { userId: createdBy, roles: [], permissions: ['users:read'] });
    await eventually(async () => expect(await status(first)).toBe(404));
    await files.publish('apiKey.revoked', { keyId: keys[1]!.id });
    await eventually(async () => expect(await status(second)).toBe(404));
    expect(await status(third)).toBe(200);
    files.clock.advance(60_000);
    expect(await status(third)).toBe(404);
  });

  it('by a signed link needs no token, until the link expires', async () => {
    const { token } = files.user();
    const { id } = await files.upload(token, 'signed');
    const other = await files.upload(token, 'other');
    const { data } = await files.graphql<{ file: { downloadUrl: string } }>(
      token,
      'query ($id: ID!) { file(id: $id) { downloadUrl(expiresIn: 60) } }',
      { id },
    );
    const path = data.file.downloadUrl.slice('/files'.length);
    const get = async (at: string, method = 'GET') => (await fetch(`${files.url}${at}`, { method })).status;
    expect(await get(path)).toBe(200);
    expect(await get(path, 'HEAD')).toBe(200);
    expect(await get(path, 'DELETE')).toBe(405);
    expect(await get(path.replace(id, other.id))).toBe(404);
    expect(await get(path.replace(/expires=(\d+)/, (_, at) => `expires=${Number(at) + 1}`))).toBe(404);
    files.clock.advance(61_000);
    expect(await get(path)).toBe(404);
  });
});
