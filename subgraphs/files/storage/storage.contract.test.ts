import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { uuidv7 } from '../../../platform/ids';
import { eventually } from '../../../platform/testing/eventually';
import { type CephServer, isCephInstalled, startCeph } from '../testing/ceph';
import { TestFiles } from '../testing/test-files';
import { LocalStorage } from './local-storage';
import { S3Storage } from './s3-storage';
import type { Storage, StoredObject } from './storage';

const MiB = 1024 * 1024;

async function bytesOf(storage: Storage, key: string, start: number, end: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of storage.read(key, start, end, 1024 * 1024)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function listed(storage: Storage): Promise<StoredObject[]> {
  const found: StoredObject[] = [];
  for await (const each of storage.list()) found.push(each);
  return found;
}

/** The contract that every storage keeps. */
function storageContract(open: () => Storage): void {
  const store = async (content: Buffer, pieces = 1): Promise<string> => {
    const object = open().create(uuidv7(Date.now()));
    const size = Math.ceil(content.length / pieces);
    for (let at = 0; at < content.length; at += size) await object.write(content.subarray(at, at + size));
    await object.commit();
    return object.key;
  };

  it('stores an object of any size, and reads all or a part of it', async () => {
    const storage = open();
    for (const size of [0, 1, 3 * MiB, 18 * MiB + 5]) {
      const content = randomBytes(size);
      const key = await store(content, 50);
      expect(await storage.sizeOf(key)).toBe(size);
      expect((await bytesOf(storage, key, 0, size)).equals(content)).toBe(true);
      const [start, end] = [Math.floor(size / 3), Math.floor(size / 2)];
      expect((await bytesOf(storage, key, start, end)).equals(content.subarray(start, end))).toBe(true);
      await storage.remove(key);
    }
  });

  it('removes an object, also again, and then has neither size nor bytes of it', async () => {
    const storage = open();
    const key = await store(Buffer.from('gone'));
    await storage.remove(key);
    await storage.remove(key);
    expect(await storage.sizeOf(key)).toBeUndefined();
    await expect(bytesOf(storage, key, 0, 4)).rejects.toThrow();
    await expect((async () => storage.sizeOf('../../etc/passwd'))()).rejects.toThrow('not a key');
  });

  it('has no object before its commit, and nothing after an abort', async () => {
    const storage = open();
    for (const size of [10, 18 * MiB]) {
      const object = storage.create(uuidv7(Date.now()));
      await object.write(Buffer.alloc(size, 1));
      expect(await storage.sizeOf(object.key)).toBeUndefined();
      await object.abort();
      expect(await storage.sizeOf(object.key)).toBeUndefined();
    }
    const committed = storage.create(uuidv7(Date.now()));
    await committed.write(Buffer.from('x'));
    await committed.commit();
    await committed.abort();
    expect(await storage.sizeOf(committed.key)).toBeUndefined();
    await storage.create(uuidv7(Date.now())).abort();
    await eventually(async () => expect(await listed(storage)).toEqual([]));
  });

  it('lists objects and unfinished ones, which can be removed', async () => {
    const storage = open();
    const key = await store(Buffer.from('kept'));
    const object = storage.create(uuidv7(Date.now()));
    // More than is sent at the same time, so that the storage has some of it.
    for (let sent = 0; sent < 40; sent++) await object.write(Buffer.alloc(MiB));
    await eventually(async () => expect((await listed(storage)).some(each => each.isPending)).toBe(true));
    const found = await listed(storage);
    const age = found.map(({ modifiedAt }) => Math.abs(Date.now() - modifiedAt));
    expect(Math.max(...age)).toBeLessThan(10 * 60_000);
    expect(found.filter(({ isPending }) => !isPending).map(each => each.key)).toEqual([key]);
    for (const each of found.filter(({ isPending }) => isPending)) await storage.removePending(each.key);
    await object.abort();
    await storage.remove(key);
    await eventually(async () => expect(await listed(storage)).toEqual([]));
  });

  it('answers a ping', async () => {
    await open().ping();
  });
}

describe('a folder', () => {
  let folder: string;
  let storage: LocalStorage;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plinth-storage-'));
    storage = await LocalStorage.open(folder);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  storageContract(() => storage);
});

// CI installs it (.ci/run), and must not pass without these tests.
const describeS3 = isCephInstalled() || process.env['CI'] ? describe : describe.skip;

describeS3('a bucket of an S3 server (Debian packages radosgw, ceph-mon, ceph-osd)', () => {
  let ceph: CephServer;
  let storage: S3Storage;
  const open = (changed: { bucket?: string; endpoint?: string } = {}) =>
    new S3Storage({
      bucket: ceph.environment['S3_BUCKET']!,
      endpoint: ceph.endpoint,
      region: 'us-east-1',
      timeoutMs: 20_000,
      credentials: {
        accessKeyId: ceph.environment['S3_ACCESS_KEY_ID']!,
        secretAccessKey: ceph.environment['S3_SECRET_ACCESS_KEY']!,
      },
      ...changed,
    });
  beforeAll(async () => {
    ceph = await startCeph();
    storage = open();
  }, 120_000);
  afterAll(async () => {
    await storage?.close();
    await ceph?.close();
  });

  storageContract(() => storage);

  it('is not ready without its bucket, and fails a write as SERVICE_UNAVAILABLE', async () => {
    const wrong = open({ bucket: 'missing' });
    await expect(wrong.ping()).rejects.toThrow();
    const object = wrong.create(uuidv7(Date.now()));
    const write = async () => {
      for (let sent = 0; sent < 40; sent++) await object.write(Buffer.alloc(MiB));
    };
    await expect(write()).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    await expect(object.abort()).rejects.toThrow();
    await wrong.close();
  });

  describe('under the files service', () => {
    const files = new TestFiles();
    beforeAll(async () => {
      await files.prepare();
      Object.assign(files.variables, ceph.environment);
      await files.restart();
    }, 60_000);
    afterAll(() => files.close());

    it('keeps files: upload, download in whole and in part, and deletion', async () => {
      const { token } = files.user();
      const content = randomBytes(9 * MiB);
      const { id } = await files.upload(token, content, { name: 'big.bin' });
      const whole = await files.download(id, token);
      expect(Buffer.from(await whole.arrayBuffer()).equals(content)).toBe(true);
      const part = await files.download(id, token, { range: 'bytes=5000000-5000009,9000000-' });
      const text = Buffer.from(await part.arrayBuffer());
      expect(part.status).toBe(206);
      expect(text.includes(content.subarray(5_000_000, 5_000_010))).toBe(true);
      expect(text.includes(content.subarray(9_000_000))).toBe(true);
      expect((await files.rest('DELETE', `/${id}`, { token })).status).toBe(204);
      expect(await listed(storage)).toEqual([]);
      expect(await files.objects()).toEqual([]);
    });

    it('takes an upload straight from a client, and makes a file of what was announced', async () => {
      const { token } = files.user();
      const content = randomBytes(300_000);
      const sha256 = createHash('sha256').update(content).digest('hex');
      type Created = { createUpload: { id: string; url: string } };
      const create = async (input: object) => {
        const { data } = await files.graphql<Created>(
          token,
          'mutation ($input: CreateUploadInput!) { createUpload(input: $input) { id url expiresAt } }',
          { input: { filename: 'direct.bin', size: content.length, tags: ['s3'], ...input } },
        );
        return data.createUpload;
      };
      const put = async (url: string, bytes: Buffer) =>
        (await fetch(url, { method: 'PUT', body: new Uint8Array(bytes) })).status;
      const complete = async (id: string, caller = token) => {
        const { data, errors } = await files.graphql<{ completeUpload: object | null }>(
          caller,
          'mutation ($id: ID!) { completeUpload(id: $id) { id sha256 size tags filename } }',
          { id },
        );
        return errors?.[0]?.extensions['code'] ?? data.completeUpload;
      };
      const { id, url } = await create({ sha256 });
      expect(await complete(id)).toBe('UPLOAD_NOT_RECEIVED');
      expect(await put(url, content.subarray(1))).toBe(403);
      expect(await put(url, content)).toBe(200);
      expect(await complete(id, files.user().token)).toBe('NOT_FOUND');
      expect(await complete(id)).toEqual({
        id,
        sha256,
        size: content.length,
        tags: ['s3'],
        filename: 'direct.bin',
      });
      const downloaded = await files.download(id, token);
      expect(Buffer.from(await downloaded.arrayBuffer()).equals(content)).toBe(true);
      expect(await complete(id)).toBe('NOT_FOUND');
      await files.rest('DELETE', `/${id}`, { token });

      const wrong = await create({ sha256: '0'.repeat(64) });
      expect(await put(wrong.url, content)).toBe(200);
      expect(await complete(wrong.id)).toBe('UPLOAD_MISMATCH');
      expect(await storage.presigned.sizeOf(wrong.id)).toBeUndefined();
      const abandoned = await create({});
      expect(await put(abandoned.url, content)).toBe(200);
      await files.restartAfter(49 * 60 * 60_000);
      await eventually(async () => expect(await storage.presigned.sizeOf(abandoned.id)).toBeUndefined());
      expect(await listed(storage)).toEqual([]);
    });

    it('leaves neither row nor object of a refused upload', async () => {
      const { id, token } = files.user();
      const eicar = `${String.raw`X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR`}-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*`;
      expect((await files.send(token, eicar)).status).toBe(422);
      expect(await files.database.rows('files', `owner_id = '${id}'`)).toEqual([]);
      expect(await listed(storage)).toEqual([]);
    });

    it('has its unfinished uploads and objects without a row swept', async () => {
      const objects = [storage.create(uuidv7(Date.now())), storage.create(uuidv7(Date.now()))] as const;
      await objects[0].write(Buffer.from('without a row'));
      await objects[0].commit();
      for (let sent = 0; sent < 40; sent++) await objects[1].write(Buffer.alloc(MiB));
      await eventually(async () => expect(await listed(storage)).toHaveLength(2));
      await files.restart();
      expect(await listed(storage)).toHaveLength(2);
      await files.restartAfter(25 * 60 * 60_000);
      await eventually(async () => expect(await listed(storage)).toEqual([]));
      await objects[1].abort();
    });
  });
});
