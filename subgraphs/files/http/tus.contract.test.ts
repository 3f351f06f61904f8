import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { eventually } from '../../../platform/testing/eventually';
import { TestFiles } from '../testing/test-files';

const files = new TestFiles({ FILES_MAX_SIZE: '5000000', FILES_USER_QUOTA: '20000000' });

beforeAll(() => files.start(), 60_000);
afterAll(() => files.close());

const encoded = (text: string) => Buffer.from(text).toString('base64');

function send(
  method: string,
  path: string,
  token: string | undefined,
  headers: Record<string, string> = {},
  body?: Buffer,
): Promise<Response> {
  return fetch(`${files.url}${path.replace(/^\/files/, '')}`, {
    method,
    headers: {
      'tus-resumable': '1.0.0',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: new Uint8Array(body) }),
  });
}

async function create(token: string, size: number, metadata = `filename ${encoded('report é.bin')}`) {
  const response = await send('POST', '/tus', token, {
    'upload-length': String(size),
    'upload-metadata': metadata,
  });
  return { response, path: response.headers.get('location') ?? '' };
}

const patch = (
  path: string,
  token: string,
  offset: number,
  body: Buffer,
  headers: Record<string, string> = {},
) =>
  send(
    'PATCH',
    path,
    token,
    { 'content-type': 'application/offset+octet-stream', 'upload-offset': String(offset), ...headers },
    body,
  );

const offsetOf = async (path: string, token: string) =>
  Number((await send('HEAD', path, token)).headers.get('upload-offset'));

const codeOf = async (response: Response) => [
  response.status,
  ((await response.json()) as { error: string }).error,
];

/** Begins a PATCH, and leaves it open after these bytes. */
async function hang(path: string, token: string, bytes: Buffer, headers: Record<string, string> = {}) {
  const open = request(`${files.url}${path.replace(/^\/files/, '')}`, {
    method: 'PATCH',
    headers: {
      'tus-resumable': '1.0.0',
      authorization: `Bearer ${token}`,
      'content-type': 'application/offset+octet-stream',
      'upload-offset': '0',
      'content-length': '4000000',
      ...headers,
    },
  });
  open.on('error', () => undefined);
  open.write(bytes);
  const id = path.split('/').at(-1)!;
  await eventually(async () => expect(await files.partialSize(id)).toBe(bytes.length));
  return open;
}

describe('a resumable upload (tus 1.0)', () => {
  it('says what it can do', async () => {
    const response = await send('OPTIONS', '/tus', undefined);
    expect([
      response.status,
      response.headers.get('tus-extension'),
      response.headers.get('tus-max-size'),
    ]).toEqual([204, 'creation,expiration,checksum,termination', '5000000']);
    const old = await fetch(`${files.url}/tus`, { method: 'POST' });
    expect([old.status, old.headers.get('tus-version')]).toEqual([412, '1.0.0']);
  });

  it('is sent in pieces, and is a file after the last', async () => {
    const { id: ownerId, token } = files.user();
    const content = randomBytes(3_000_000);
    const metadata = `filename ${encoded('report é.bin')},filetype ${encoded('text/csv')},tags ${encoded('a,b')}`;
    const { response, path } = await create(token, content.length, metadata);
    expect(response.status).toBe(201);
    expect(new Date(response.headers.get('upload-expires')!).getTime()).toBeGreaterThan(files.clock.now());
    expect(await offsetOf(path, token)).toBe(0);
    const first = await patch(path, token, 0, content.subarray(0, 1_000_000));
    expect([first.status, first.headers.get('upload-offset')]).toEqual([204, '1000000']);
    expect(await codeOf(await patch(path, token, 5, content))).toEqual([409, 'UPLOAD_OFFSET_MISMATCH']);
    const rest = await patch(path, token, 1_000_000, content.subarray(1_000_000));
    expect([rest.status, rest.headers.get('upload-offset')]).toEqual([204, String(content.length)]);
    expect(await offsetOf(path, token)).toBe(content.length);
    const id = path.split('/').at(-1)!;
    const { body } = await files.rest('GET', `/${id}`, { token });
    expect(body).toMatchObject({
      filename: 'report é.bin',
      owner_id: ownerId,
      size: 3_000_000,
      tags: ['a', 'b'],
    });
    const downloaded = await files.download(id, token);
    expect(Buffer.from(await downloaded.arrayBuffer()).equals(content)).toBe(true);
    expect(await files.partialSize(id)).toBeUndefined();
    expect(await files.usedBytes(ownerId, token)).toBe(content.length);
  });

  it('goes on after a break, after another request, and after a restart', async () => {
    const { token } = files.user();
    const content = randomBytes(4_000_000);
    const { path } = await create(token, content.length);
    const broken = await hang(path, token, content.subarray(0, 700_000));
    broken.destroy();
    await eventually(async () => expect(await offsetOf(path, token)).toBe(700_000));

    // The first connection hangs: the client that comes back ends it.
    const second = await create(token, content.length);
    const hanging = await hang(second.path, token, content.subarray(0, 500_000));
    expect(await offsetOf(second.path, token)).toBe(500_000);
    expect((await patch(second.path, token, 500_000, content.subarray(500_000))).status).toBe(204);
    hanging.destroy();

    await files.restart();
    expect(await offsetOf(path, token)).toBe(700_000);
    expect((await patch(path, token, 700_000, content.subarray(700_000))).status).toBe(204);
    const downloaded = await files.download(path.split('/').at(-1)!, token);
    expect(Buffer.from(await downloaded.arrayBuffer()).equals(content)).toBe(true);
  });

  it('keeps nothing of a piece with a wrong checksum, or of one that broke off before it was compared', async () => {
    const { token } = files.user();
    const content = randomBytes(4_000_000);
    const { path } = await create(token, content.length);
    const sum = (algorithm: string, bytes: Buffer) =>
      `${algorithm} ${createHash(algorithm).update(bytes).digest('base64')}`;
    const [one, other] = [content.subarray(0, 1_000_000), content.subarray(1_000_000)];
    const wrong = await patch(path, token, 0, one, { 'upload-checksum': sum('sha1', other) });
    expect(await codeOf(wrong)).toEqual([460, 'CHECKSUM_MISMATCH']);
    expect(await offsetOf(path, token)).toBe(0);
    const unknown = await patch(path, token, 0, one, { 'upload-checksum': 'crc99 AAAA' });
    expect(unknown.status).toBe(422);
    const broken = await hang(path, token, one, { 'upload-checksum': sum('sha256', content) });
    broken.destroy();
    await eventually(async () => expect(await offsetOf(path, token)).toBe(0));
    expect((await patch(path, token, 0, one, { 'upload-checksum': sum('sha1', one) })).status).toBe(204);
    const last = await patch(path, token, 1_000_000, other, { 'upload-checksum': sum('md5', other) });
    expect(last.status).toBe(204);
  });

  it('is ended by its owner, and by its expiry', async () => {
    const { token } = files.user();
    const { path } = await create(token, 10);
    expect((await send('DELETE', path, files.user().token)).status).toBe(404);
    expect((await send('DELETE', path, token)).status).toBe(204);
    expect((await send('HEAD', path, token)).status).toBe(404);
    const { path: old } = await create(token, 10);
    await patch(old, token, 0, Buffer.from('12345'));
    await files.restartAfter(49 * 60 * 60_000);
    const id = old.split('/').at(-1)!;
    await eventually(async () => expect(await files.partialSize(id)).toBeUndefined());
    expect(await files.database.rows('upload_sessions', `id = '${id}'`)).toEqual([]);
    expect((await send('HEAD', old, files.user().token)).status).toBe(404);
  });

  it('is refused over a limit, without a user, with broken headers, and when it is malware', async () => {
    const { token } = files.user();
    expect(await codeOf((await create(token, 5_000_001)).response)).toEqual([413, 'FILE_TOO_LARGE']);
    expect((await send('POST', '/tus', undefined, { 'upload-length': '5' })).status).toBe(401);
    for (const length of ['-1', 'x', '1e3']) {
      expect((await send('POST', '/tus', token, { 'upload-length': length })).status).toBe(422);
    }
    expect((await send('POST', '/tus', token, { 'upload-defer-length': '1' })).status).toBe(422);
    const { path } = await create(token, 10);
    expect(await codeOf(await patch(path, token, 0, Buffer.alloc(11)))).toEqual([413, 'FILE_TOO_LARGE']);
    expect((await patch(path, token, 0, Buffer.alloc(1), { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await patch(path, files.user().token, 0, Buffer.alloc(1))).status).toBe(404);
    const eicar = `${String.raw`X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR`}-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*`;
    const infected = await create(token, eicar.length);
    expect(await codeOf(await patch(infected.path, token, 0, Buffer.from(eicar)))).toEqual([
      422,
      'FILE_INFECTED',
    ]);
    expect((await send('HEAD', infected.path, token)).status).toBe(404);
    const empty = await create(token, 0);
    expect((await files.download(empty.path.split('/').at(-1)!, token)).status).toBe(200);
    const statuses: number[] = [];
    for (let made = 0; made < 5; made++) statuses.push((await create(token, 4_900_000)).response.status);
    expect(statuses).toContain(413);
  });
});
