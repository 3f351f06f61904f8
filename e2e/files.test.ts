import { randomBytes } from 'node:crypto';
import { data, rest, somebody, urls } from './client';
import { uploadFile } from './file-client';

const download = (path: string, token?: string, headers: Record<string, string> = {}) =>
  fetch(`${urls.gateway}${path}`, {
    headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers },
  });

describe('files through the gateway (F1–F5, F8, G9)', () => {
  it('are uploaded, found, read in part and whole, shared by a signed link, and deleted', async () => {
    const { id: ownerId, accessToken: token } = await somebody();
    const content = randomBytes(5_000_000);
    const file = await uploadFile(token, content, {
      name: 'Jahresbericht 2026 – Entwurf.bin',
      type: 'application/octet-stream',
      fields: { tags: 'report' },
    });
    expect(file).toMatchObject({
      owner_id: ownerId,
      size: content.length,
      tags: ['report'],
      is_public: false,
    });
    const listed = await rest('GET', '/files?tag=report', { token });
    expect(listed.body).toMatchObject({ items: [{ id: file.id }], page_info: { has_next_page: false } });

    const path = `/files/download/${file.id}`;
    const whole = await download(path, token);
    expect(Buffer.from(await whole.arrayBuffer()).equals(content)).toBe(true);
    expect(whole.headers.get('content-security-policy')).toBe("default-src 'none'; sandbox");
    const part = await download(path, token, { range: 'bytes=4999990-' });
    expect([part.status, part.headers.get('content-range')]).toEqual([206, 'bytes 4999990-4999999/5000000']);
    const etag = whole.headers.get('etag')!;
    expect((await download(path, token, { 'if-none-match': etag })).status).toBe(304);

    expect((await download(path)).status).toBe(404);
    expect((await download(path, (await somebody()).accessToken)).status).toBe(404);
    const { file: found } = await data<
      { file: { downloadUrl: string; owner: { username: string } } },
      object
    >('query ($id: ID!) { file(id: $id) { downloadUrl owner { username } } }', { id: file.id }, token);
    const signed = await download(found.downloadUrl);
    expect(Buffer.from(await signed.arrayBuffer()).equals(content)).toBe(true);

    expect((await rest('DELETE', `/files/${file.id}`, { token })).status).toBe(204);
    expect((await download(path, token)).status).toBe(404);
    expect((await download(found.downloadUrl)).status).toBe(404);
  });

  it('are given to one person by a grant, and to everybody who has the link by a share (F6, F8)', async () => {
    const [ada, bob] = [await somebody(), await somebody()];
    const file = await uploadFile(ada.accessToken, 'for Bob', { name: 'letter.txt' });
    await data(
      'mutation ($f: ID!, $u: ID!) { grantFilePermission(fileId: $f, userId: $u, permission: READ) { id } }',
      { f: file.id, u: bob.id },
      ada.accessToken,
    );
    const read = await download(`/files/download/${file.id}`, bob.accessToken);
    expect(await read.text()).toBe('for Bob');

    const shared = await rest('POST', `/files/${file.id}/share`, {
      token: ada.accessToken,
      body: { password: 'open sesame', max_downloads: 1, expires_in: 3600 },
    });
    expect([shared.status, shared.body]).toEqual([
      201,
      { url: expect.any(String), token: expect.any(String), expires_at: expect.any(String) },
    ]);
    const url = shared.body['url'] as unknown as string;
    const page = await download(url, undefined, { accept: 'text/html' });
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect((await download(url)).status).toBe(401);
    const unlocked = await fetch(`${urls.gateway}${url}`, {
      method: 'POST',
      body: new URLSearchParams({ password: 'open sesame' }),
    });
    expect(await unlocked.text()).toBe('for Bob');
    expect((await download(url, undefined, { 'x-share-password': 'open sesame' })).status).toBe(404);
  });
});
