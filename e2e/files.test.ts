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

  it('are uploaded by a GraphQL operation, whose result may select anything in the graph (F1)', async () => {
    const { accessToken: token } = await somebody();
    const content = randomBytes(3_000_000);
    const username = (await data<{ me: { username: string } }, object>('{ me { username } }', {}, token)).me
      .username;
    const query = `mutation ($one: Upload!, $two: Upload!, $input: UploadFileInput) {
      one: uploadFile(file: $one, input: $input) { id filename size tags owner { username } }
      two: uploadFile(file: $two) { filename size contentType } }`;
    const send = (variables: object, headers: Record<string, string>) => {
      const form = new FormData();
      form.append('operations', JSON.stringify({ query, variables }));
      form.append('map', JSON.stringify({ a: ['variables.two'], b: ['variables.one'] }));
      form.append('a', new Blob(['second'], { type: 'text/plain' }), 'zwei é.txt');
      form.append('b', new Blob([content]), 'eins.bin');
      return fetch(`${urls.gateway}/graphql`, {
        method: 'POST',
        headers,
        body: form,
      });
    };
    const input = { tags: ['graph'] };
    const preflight = { 'apollo-require-preflight': 'true' };
    const authorization = `Bearer ${token}`;
    const answer = await send({ one: null, two: null, input }, { ...preflight, authorization });
    const { data: uploaded } = (await answer.json()) as { data: { one: { id: string } } };
    expect(uploaded).toEqual({
      one: {
        id: expect.any(String),
        filename: 'eins.bin',
        size: content.length,
        tags: ['graph'],
        owner: { username },
      },
      two: { filename: 'zwei é.txt', size: 6, contentType: 'text/plain' },
    });
    const downloaded = await download(`/files/download/${uploaded.one.id}`, token);
    expect(Buffer.from(await downloaded.arrayBuffer()).equals(content)).toBe(true);

    const foreign = await send({ one: null, two: null }, { authorization });
    expect(foreign.status).toBe(400);
    const anonymous = await send({ one: null, two: null }, preflight);
    expect([anonymous.status, ((await anonymous.json()) as { errors: object[] }).errors[0]]).toMatchObject([
      401,
      { extensions: { code: 'UNAUTHENTICATED' } },
    ]);
    const stolen = await data<{ uploadFile: null }, object>(
      'mutation ($file: Upload!) { uploadFile(file: $file) { id } }',
      { file: uploaded.one.id },
      token,
    ).catch((error: unknown) => String(error));
    expect(stolen).toMatch(/NOT_FOUND|not exist|not there/i);
  });

  it('are uploaded in pieces by tus, and are whole after the last (F1)', async () => {
    const { accessToken: token } = await somebody();
    const content = randomBytes(2_000_000);
    const tus = (method: string, path: string, headers: Record<string, string>, body?: Buffer) =>
      fetch(`${urls.gateway}${path}`, {
        method,
        headers: { 'tus-resumable': '1.0.0', authorization: `Bearer ${token}`, ...headers },
        ...(body === undefined ? {} : { body: new Uint8Array(body) }),
      });
    const created = await tus('POST', '/files/tus', {
      'upload-length': String(content.length),
      'upload-metadata': `filename ${Buffer.from('film.bin').toString('base64')}`,
    });
    expect([created.status, created.headers.get('tus-resumable')]).toEqual([201, '1.0.0']);
    const path = created.headers.get('location')!;
    const patch = (offset: number, body: Buffer) =>
      tus(
        'PATCH',
        path,
        { 'content-type': 'application/offset+octet-stream', 'upload-offset': String(offset) },
        body,
      );
    expect((await patch(0, content.subarray(0, 900_000))).headers.get('upload-offset')).toBe('900000');
    const head = await tus('HEAD', path, {});
    expect([head.headers.get('upload-offset'), head.headers.get('upload-length')]).toEqual([
      '900000',
      '2000000',
    ]);
    expect((await patch(900_000, content.subarray(900_000))).status).toBe(204);
    const downloaded = await download(path.replace('/tus/', '/download/'), token);
    expect(Buffer.from(await downloaded.arrayBuffer()).equals(content)).toBe(true);
  });

  it('have thumbnails, for those who may read them (F7)', async () => {
    const { accessToken: token } = await somebody();
    const gif = Buffer.from('R0lGODlhAQABAIAAAAUEBAAAACwAAAAAAQABAAACAkQBADs=', 'base64');
    const file = await uploadFile(token, gif, { name: 'dot.gif', type: 'image/gif' });
    const { file: found } = await data<{ file: { thumbnailUrl: string } }, object>(
      'query ($id: ID!) { file(id: $id) { thumbnailUrl(width: 64, format: WEBP) } }',
      { id: file.id },
      token,
    );
    const signed = await download(found.thumbnailUrl);
    expect([signed.status, signed.headers.get('content-type')]).toEqual([200, 'image/webp']);
    const own = await download(`/files/thumbnails/${file.id}?width=64`, token, { accept: 'image/avif,*/*' });
    expect([own.status, own.headers.get('content-type')]).toEqual([200, 'image/avif']);
    expect((await download(`/files/thumbnails/${file.id}?width=64`)).status).toBe(404);
  });

  it('are the picture of a profile, once they are uploaded and set (F7, U4)', async () => {
    const [ada, bob] = [await somebody(), await somebody()];
    const gif = Buffer.from('R0lGODlhAQABAIAAAAUEBAAAACwAAAAAAQABAAACAkQBADs=', 'base64');
    const file = await uploadFile(ada.accessToken, gif, { name: 'ada.gif', type: 'image/gif' });
    const set = await rest('PUT', `/users/${ada.id}`, {
      token: ada.accessToken,
      body: { avatar_file_id: file.id },
    });
    expect(set.status).toBe(200);
    const avatarFor = async (token: string) => {
      const { file: owned } = await data<
        { file: { owner: { profile: { avatar: object | null } | null } } | null },
        object
      >(
        'query ($id: ID!) { file(id: $id) { owner { profile { avatar { filename thumbnailUrl(width: 64) } } } } }',
        { id: file.id },
        token,
      );
      return owned?.owner.profile?.avatar ?? null;
    };
    expect(await avatarFor(ada.accessToken)).toEqual({
      filename: 'ada.gif',
      thumbnailUrl: expect.stringContaining('/files/thumbnails/'),
    });
    expect(await avatarFor(bob.accessToken)).toBeNull();
    expect((await rest('DELETE', `/files/${file.id}`, { token: ada.accessToken })).status).toBe(204);
    const { me } = await data<{ me: { profile: { avatar: object | null } } }, object>(
      '{ me { profile { avatar { filename } } } }',
      {},
      ada.accessToken,
    );
    expect(me.profile.avatar).toBeNull();
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
