import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { eventually } from '../../../platform/testing/eventually';
import { TestFiles } from '../testing/test-files';

/** Stands where an S3 server should be. It keeps single objects, until it falls silent. */
class SilentS3 {
  silence: 'none' | 'at once' | 'in the middle' = 'none';
  /** By path. */
  readonly objects = new Map<string, Buffer>();
  private readonly server = createServer((request, response) => void this.answer(request, response));

  async listen(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.silence === 'at once') return;
    const path = request.url!.split('?')[0]!;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (request.method === 'PUT') {
      if (this.silence === 'none') this.objects.set(path, Buffer.concat(chunks));
      // Half of a status line.
      else return void request.socket.write('HTTP/1.1 20');
      response.writeHead(200, { etag: '"e"' }).end();
    } else if (request.method === 'GET' && this.objects.has(path)) {
      const body = this.objects.get(path)!;
      response.writeHead(200, { 'content-length': body.length, etag: '"e"' });
      if (this.silence === 'none') response.end(body);
      else response.write(body.subarray(0, body.length / 2));
    } else if (request.method === 'GET') {
      response.writeHead(200).end('<ListBucketResult></ListBucketResult>');
    } else response.writeHead(204).end();
  }
}

const s3 = new SilentS3();
const files = new TestFiles({
  S3_BUCKET: 'plinth',
  S3_ACCESS_KEY_ID: 'id',
  S3_SECRET_ACCESS_KEY: 'secret',
  S3_TIMEOUT: '1',
  FILES_ENCRYPTION: 'off',
});

beforeAll(async () => {
  await files.prepare();
  files.variables['S3_ENDPOINT'] = await s3.listen();
  await files.restart();
}, 60_000);
afterAll(async () => {
  await files.close();
  s3.close();
});

describe('an S3 server that falls silent', () => {
  it.each([
    ['at once', 16],
    ['in the middle', 16],
    ['at once', 9 * 1024 * 1024],
  ] as const)(
    '%s fails an upload of %i bytes with 503, and leaves no row and no bytes',
    async (silence, size) => {
      const { id, token } = files.user();
      s3.silence = silence;
      const { status, body } = await files.send(token, randomBytes(size));
      expect([status, body.error]).toEqual([503, 'SERVICE_UNAVAILABLE']);
      expect(JSON.stringify(body)).not.toMatch(/127\.0\.0\.1|localhost/);
      s3.silence = 'none';
      expect(await files.database.rows('files', `owner_id = '${id}'`)).toEqual([]);
      expect(await files.usedBytes(id, token)).toBe(0);
      expect([await files.objects(), [...s3.objects.keys()]]).toEqual([[], []]);
    },
    60_000,
  );

  it('breaks a download off, and the next one is whole', async () => {
    const { token } = files.user();
    const content = randomBytes(3_000_000);
    const { id } = await files.upload(token, content);
    s3.silence = 'in the middle';
    const broken = await files.download(id, token);
    await expect(broken.arrayBuffer()).rejects.toThrow();
    s3.silence = 'at once';
    expect((await files.download(id, token)).status).toBe(503);
    s3.silence = 'none';
    await eventually(async () => {
      const whole = await files.download(id, token);
      expect(Buffer.from(await whole.arrayBuffer()).equals(content)).toBe(true);
    });
  }, 60_000);
});
