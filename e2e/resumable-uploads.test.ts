import { createHash, randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { eventually, somebody } from './client';
import { type Plinth, startPlinth } from './plinth';

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

describe('a resumable upload whose service is killed (F1)', () => {
  let plinth: Plinth;

  beforeAll(async () => {
    plinth = await startPlinth();
  });

  afterAll(() => plinth.close());

  const tus = (path: string, token: string, method: string, headers: Record<string, string>, body?: Buffer) =>
    fetch(`${plinth.urls.gateway}${path}`, {
      method,
      headers: { 'tus-resumable': '1.0.0', authorization: `Bearer ${token}`, ...headers },
      ...(body === undefined ? {} : { body: new Uint8Array(body) }),
    });

  /** Kills the service when it has a part of the first bytes, in the middle of their request. @returns the bytes on disk then */
  async function breakOff(
    path: string,
    token: string,
    content: Buffer,
    headers: Record<string, string>,
  ): Promise<number> {
    const partial = join(plinth.environment['DATA_DIR']!, 'files', 'partial', path.split('/').at(-1)!);
    const sent = request(`${plinth.urls.gateway}${path}`, {
      method: 'PATCH',
      headers: {
        'tus-resumable': '1.0.0',
        authorization: `Bearer ${token}`,
        'content-type': 'application/offset+octet-stream',
        'content-length': content.length,
        'upload-offset': '0',
        ...headers,
      },
    });
    sent.on('error', () => undefined);
    sent.write(content.subarray(0, 1_000_000));
    await eventually(async () => expect((await stat(partial)).size).toBeGreaterThan(500_000));
    await plinth.kill('files');
    sent.destroy();
    const { size } = await stat(partial);
    await plinth.restart('files');
    return size;
  }

  async function begin(token: string, content: Buffer): Promise<string> {
    const created = await tus('/files/tus', token, 'POST', { 'upload-length': String(content.length) });
    expect(created.status).toBe(201);
    return created.headers.get('location')!;
  }

  const offsetOf = (path: string, token: string): Promise<number> =>
    eventually(async () => {
      const head = await tus(path, token, 'HEAD', {});
      expect(head.status).toBe(200);
      return Number(head.headers.get('upload-offset'));
    });

  async function complete(path: string, token: string, content: Buffer, offset: number): Promise<void> {
    const headers = { 'content-type': 'application/offset+octet-stream', 'upload-offset': String(offset) };
    expect((await tus(path, token, 'PATCH', headers, content.subarray(offset))).status).toBe(204);
    const downloaded = await fetch(`${plinth.urls.gateway}${path.replace('/tus/', '/download/')}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(sha256(Buffer.from(await downloaded.arrayBuffer()))).toBe(sha256(content));
  }

  it('goes on where the bytes on disk end', async () => {
    const { accessToken } = await somebody(plinth.urls.gateway);
    const content = randomBytes(3_000_000);
    const path = await begin(accessToken, content);
    const size = await breakOff(path, accessToken, content, {});
    expect(await offsetOf(path, accessToken)).toBe(size);
    await complete(path, accessToken, content, size);
  });

  it('keeps nothing of a request whose checksum was not compared', async () => {
    const { accessToken } = await somebody(plinth.urls.gateway);
    const content = randomBytes(3_000_000);
    const path = await begin(accessToken, content);
    const checksum = `sha256 ${createHash('sha256').update(content).digest('base64')}`;
    await breakOff(path, accessToken, content, { 'upload-checksum': checksum });
    expect(await offsetOf(path, accessToken)).toBe(0);
    await complete(path, accessToken, content, 0);
  });
});
