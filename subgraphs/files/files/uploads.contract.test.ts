import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { AppError, platformErrors } from '../../../platform/errors';
import { eventually } from '../../../platform/testing/eventually';
import { fileUploaded } from '../events';
import { LocalPendingObject } from '../storage/local-storage';
import { TestFiles } from '../testing/test-files';

const files = new TestFiles({ FILES_MAX_SIZE: '3000000', FILES_USER_QUOTA: '5000000', FILES_MAX_COUNT: '3' });

beforeAll(() => files.start(), 60_000);
afterAll(() => files.close());

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

async function nothingIsLeft(ownerId: string, before: readonly string[]): Promise<void> {
  await eventually(async () => expect((await files.objects()).sort()).toEqual([...before].sort()));
  expect(await files.database.rows('files', `owner_id = '${ownerId}'`)).toEqual([]);
}

describe('an upload', () => {
  it('stores metadata, bytes and an event, and is downloaded as it was sent', async () => {
    const { id: ownerId, token } = files.user();
    const content = randomBytes(2_500_000);
    const file = await files.upload(token, content, {
      name: 'été 東京.bin',
      type: 'application/octet-stream',
      fields: { tags: 'a, b,a', is_public: 'false' },
    });
    expect(file).toEqual({
      id: expect.any(String),
      filename: 'été 東京.bin',
      original_filename: 'été 東京.bin',
      content_type: 'application/octet-stream',
      size: content.length,
      owner_id: ownerId,
      is_public: false,
      created_at: expect.any(String),
      tags: ['a', 'b'],
    });
    const response = await files.download(file.id, token);
    expect(Buffer.from(await response.arrayBuffer()).equals(content)).toBe(true);
    expect(response.headers.get('content-length')).toBe(String(content.length));
    expect(response.headers.get('etag')).toBe(`"${createHash('sha256').update(content).digest('hex')}"`);
    await eventually(async () =>
      expect(files.events.filter(({ type }) => type === fileUploaded).map(({ data }) => data)).toEqual([
        { fileId: file.id, ownerId },
      ]),
    );
  });

  it('stores several files or none, in any order of fields', async () => {
    const { id, token } = files.user();
    const form = new FormData();
    form.append('file', new Blob(['one']), 'one.txt');
    form.append('file', new Blob(['']), 'empty.txt');
    form.append('is_public', 'true');
    const send = (body: FormData) =>
      fetch(`${files.url}/upload`, { method: 'POST', headers: { authorization: `Bearer ${token}` }, body });
    const response = await send(form);
    expect(await response.json()).toMatchObject([
      { filename: 'one.txt', size: 3, is_public: true },
      { filename: 'empty.txt', size: 0, is_public: true },
    ]);
    const before = await files.objects();
    form.append('color', 'red');
    const refused = await send(form);
    expect([refused.status, await refused.json()]).toMatchObject([422, { details: [{ field: 'color' }] }]);
    expect(await files.objects()).toEqual(before);
    expect(await files.database.rows('files', `owner_id = '${id}'`)).toHaveLength(2);
  });

  it('takes the type from the content, and the name without any path', async () => {
    const { token } = files.user();
    const cases = [
      [png, 'image/jpeg', 'image/png'],
      ['<html><script>1</script>', 'image/png', 'text/plain'],
      ['<svg xmlns="http://www.w3.org/2000/svg"/>', 'image/svg+xml', 'image/svg+xml'],
      ['a,b', 'text/csv', 'text/csv'],
      [Buffer.from([0, 1, 2]), 'text/html', 'application/octet-stream'],
    ] as const;
    for (const [content, type, found] of cases) {
      expect((await files.upload(token, content, { type })).content_type).toBe(found);
    }
    for (const [name, shown] of [
      ['../../etc/passwd', 'passwd'],
      ['C:\\temp\\a.txt', 'a.txt'],
      ['..', 'file'],
      [`${'é'.repeat(200)}.txt`, `${'é'.repeat(125)}.txt`],
    ] as const) {
      expect((await files.upload(token, 'x', { name })).filename).toBe(shown);
    }
  });

  it('is refused without a user, over a limit and with a broken body, and leaves nothing', async () => {
    const { id, token } = files.user();
    const before = await files.objects();
    expect((await files.send(undefined, 'x')).body.error).toBe('UNAUTHENTICATED');
    expect(await files.send(token, randomBytes(3_000_001))).toMatchObject({
      status: 413,
      body: { error: 'FILE_TOO_LARGE', details: { max_bytes: 3_000_000 } },
    });
    const form = new FormData();
    for (let count = 0; count < 4; count++) form.append('file', new Blob(['x']), 'x.txt');
    const many = await fetch(`${files.url}/upload`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: form,
    });
    expect([many.status, await many.json()]).toMatchObject([413, { error: 'TOO_MANY_FILES' }]);
    const head = '--b\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n';
    for (const body of [`${head}cut`, 'nothing', '', `${head}cut\r\n--b`]) {
      const broken = await fetch(`${files.url}/upload`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'multipart/form-data; boundary=b' },
        body,
      });
      expect([body, broken.status >= 400 && broken.status < 500]).toEqual([body, true]);
    }
    await nothingIsLeft(id, before);
  });

  it('is refused when the content is the EICAR test file, and leaves nothing', async () => {
    const { id, token } = files.user();
    const before = await files.objects();
    const eicar = `${String.raw`X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR`}-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*`;
    for (const content of [eicar, `${eicar}\r\n`]) {
      expect(await files.send(token, content)).toMatchObject({
        status: 422,
        body: { error: 'FILE_INFECTED' },
      });
    }
    await nothingIsLeft(id, before);
    expect((await files.send(token, `see ${eicar}`)).status).toBe(201);
  });

  it('is refused before a byte is read when the announced length is too much', async () => {
    const { id, token } = files.user();
    const before = await files.objects();
    const sent = request(`${files.url}/upload`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'multipart/form-data; boundary=b',
        'content-length': String(50_000_000),
      },
    });
    sent.on('error', () => undefined);
    sent.flushHeaders();
    const status = await new Promise(resolve => sent.once('response', answer => resolve(answer.statusCode)));
    expect(status).toBe(413);
    sent.destroy();
    await nothingIsLeft(id, before);
  });

  it('is refused with 507 when the disk is full in the middle of it, and leaves nothing', async () => {
    const { id, token } = files.user();
    const before = await files.objects();
    const full = new AppError(platformErrors.STORAGE_FULL, 'There is no room left');
    const write = jest.spyOn(LocalPendingObject.prototype, 'write').mockRejectedValue(full);
    try {
      expect(await files.send(token, randomBytes(2_900_000))).toMatchObject({
        status: 507,
        body: { error: 'STORAGE_FULL' },
      });
    } finally {
      write.mockRestore();
    }
    await nothingIsLeft(id, before);
    expect((await files.send(token, 'x')).status).toBe(201);
  });

  it('leaves nothing when the client hangs up', async () => {
    const { id, token } = files.user();
    const before = await files.objects();
    const sent = request(`${files.url}/upload`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'multipart/form-data; boundary=b' },
    });
    sent.on('error', () => undefined);
    sent.write('--b\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n');
    sent.write(Buffer.alloc(500_000));
    await eventually(async () => expect((await files.objects()).length).toBe(before.length + 1));
    sent.destroy();
    await nothingIsLeft(id, before);
  });

  it('keeps the quota exact under parallel uploads', async () => {
    const { id, token } = files.user();
    const results = await Promise.all(
      Array.from({ length: 12 }, () => files.send(token, Buffer.alloc(1_000_000))),
    );
    const refused = results.filter(({ status }) => status !== 201);
    expect(refused).toHaveLength(7);
    expect(new Set(refused.map(({ body }) => body.error))).toEqual(new Set(['STORAGE_QUOTA_EXCEEDED']));
    const [usage] = await files.database.rows('storage_usage', `user_id = '${id}'`);
    expect([Number(usage!['bytes']), Number(usage!['files'])]).toEqual([5_000_000, 5]);
    const { body } = await files.rest('GET', '/', { token });
    const [first] = (body as { items: { id: string }[] }).items;
    expect((await files.rest('DELETE', `/${first!.id}`, { token })).status).toBe(204);
    expect((await files.send(token, Buffer.alloc(1_000_000))).status).toBe(201);
  });

  it('keeps the quota of all users exact under parallel uploads', async () => {
    const [total] = await files.database.rows('storage_total');
    const room = 3_500_000;
    await files.restart({ FILES_TOTAL_QUOTA: String(Number(total!['bytes']) + room) });
    const before = await files.objects();
    const results = await Promise.all(
      Array.from({ length: 8 }, () => files.send(files.user().token, Buffer.alloc(1_000_000))),
    );
    const refused = results.filter(({ status }) => status !== 201);
    expect(refused.map(({ status, body: { error } }) => [status, error])).toEqual(
      Array.from({ length: 5 }, () => [507, 'STORAGE_FULL']),
    );
    await eventually(async () => expect((await files.objects()).length).toBe(before.length + 3));
    const [after] = await files.database.rows('storage_total');
    const usage = await files.database.rows('storage_usage');
    expect(Number(after!['bytes'])).toBe(usage.reduce((sum, row) => sum + Number(row['bytes']), 0));
    expect(Number(after!['bytes']) - Number(total!['bytes'])).toBe(3_000_000);

    // What an older version wrote is counted at the next start.
    await files.database.update('storage_total', 'bytes = 0, files = 0', '1 = 1');
    await files.restart();
    await eventually(async () => expect((await files.database.rows('storage_total'))[0]).toEqual(after));
    expect((await files.send(files.user().token, Buffer.alloc(1_000_000))).status).toBe(507);
  });
});
