import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { eventually } from '../../../platform/testing/eventually';
import { TestFiles } from '../testing/test-files';

const files = new TestFiles();
let owner: { id: string; token: string };

beforeAll(async () => {
  await files.start();
  owner = files.user();
}, 60_000);
afterAll(() => files.close());

const canvas = (width: number, height: number, channels: 3 | 4 = 3) =>
  sharp({ create: { width, height, channels, background: { r: 200, g: 30, b: 30, alpha: 0.5 } } });

const upload = async (content: Buffer | string, name = 'picture.png') =>
  (await files.upload(owner.token, content, { name })).id;

const get = (id: string, query: string, headers: Record<string, string> = {}, token = owner.token) =>
  fetch(`${files.url}/thumbnails/${id}?${query}`, {
    headers: { ...(token === '' ? {} : { authorization: `Bearer ${token}` }), ...headers },
  });

async function picture(id: string, query: string, headers: Record<string, string> = {}) {
  const response = await get(id, query, headers);
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
  const bytes = Buffer.from(await response.arrayBuffer());
  return { response, bytes, facts: await sharp(bytes).metadata() };
}

/** A PNG that says it has this size, with few bytes. */
function bomb(width: number, height: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const [length, crc] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    crc.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, crc]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.alloc(1_000_000))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** ISO 3309. `crc32` of node:zlib needs Node 20.15 and is not in its types. */
function crc32(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

describe('a thumbnail', () => {
  it('has the size, the fit and the format that are asked for', async () => {
    const id = await upload(await canvas(900, 600).png().toBuffer());
    const cases = [
      ['', 256, 171, 'png'],
      ['width=300', 300, 200, 'png'],
      ['height=64&format=jpeg', 96, 64, 'jpeg'],
      ['width=128&height=128&format=webp', 128, 128, 'webp'],
      ['width=128&height=128&fit=inside&format=webp', 128, 85, 'webp'],
      ['width=2048&fit=inside&format=webp', 900, 600, 'webp'],
    ] as const;
    for (const [query, width, height, format] of cases) {
      const { facts, response } = await picture(id, query);
      expect([query, facts.width, facts.height, facts.format]).toEqual([query, width, height, format]);
      expect(response.headers.get('content-type')).toBe(`image/${format}`);
      expect(response.headers.get('vary')).toBe('accept');
    }
  });

  it('is of the smallest format that the client names', async () => {
    const id = await upload(await canvas(100, 100).jpeg().toBuffer(), 'a.jpg');
    for (const [accept, type] of [
      ['image/avif,image/webp,image/apng,*/*;q=0.8', 'image/avif'],
      ['image/webp,*/*', 'image/webp'],
      ['image/avif;q=0, image/webp', 'image/webp'],
      ['*/*', 'image/jpeg'],
    ] as const) {
      const { response, facts } = await picture(id, 'width=64', { accept });
      expect(response.headers.get('content-type')).toBe(type);
      expect(facts.format).toBe(type === 'image/avif' ? 'heif' : type.slice('image/'.length));
    }
  });

  it('is upright, in sRGB, keeps transparency, and has no metadata', async () => {
    const turned = await canvas(200, 100)
      .withExif({ IFD0: { Copyright: 'secret place' } })
      .jpeg()
      .toBuffer();
    const rotated = await sharp(turned).keepExif().withMetadata({ orientation: 6 }).toBuffer();
    const upright = await picture(await upload(rotated, 'turned.jpg'), 'width=50');
    expect([upright.facts.width, upright.facts.height]).toEqual([50, 100]);
    expect([upright.facts.exif, upright.facts.orientation]).toEqual([undefined, undefined]);

    const cmyk = await canvas(100, 100).toColourspace('cmyk').jpeg().toBuffer();
    const converted = await picture(await upload(cmyk, 'print.jpg'), 'width=50');
    expect([converted.facts.space, converted.facts.channels]).toEqual(['srgb', 3]);

    const clear = await upload(await canvas(100, 100, 4).png().toBuffer());
    expect((await picture(clear, 'width=50')).facts.hasAlpha).toBe(true);
    expect((await picture(clear, 'width=50&format=jpeg')).facts.hasAlpha).toBe(false);

    const frames = Buffer.concat(Array.from({ length: 3 }, (_, at) => Buffer.alloc(20 * 20 * 3, at * 80)));
    const animated = await sharp(frames, { raw: { width: 20, height: 60, channels: 3, pageHeight: 20 } })
      .gif({ delay: 100 })
      .toBuffer();
    const first = await picture(await upload(animated, 'a.gif'), 'width=64&height=64');
    expect([first.facts.width, first.facts.height, first.facts.pages ?? 1]).toEqual([64, 64, 1]);
  });

  it('is made once, however many ask, and is then read from the storage', async () => {
    const id = await upload(await canvas(2000, 2000).png().toBuffer());
    const made = async () => {
      const page = await (await fetch(`${files.url}/metrics`)).text();
      return Number(/^plinth_thumbnails_total\{.*outcome="made".*\} (\d+)$/m.exec(page)?.[1]);
    };
    const before = await made();
    const etags = await Promise.all(
      Array.from({ length: 40 }, async () => {
        const response = await get(id, 'width=256&format=webp');
        await response.arrayBuffer();
        return response.headers.get('etag')!;
      }),
    );
    expect(new Set(etags).size).toBe(1);
    expect(await made()).toBe(before + 1);
    const again = await get(id, 'width=256&format=webp', { 'if-none-match': etags[0]! });
    expect(again.status).toBe(304);
    await files.restart();
    expect((await get(id, 'width=256&format=webp')).headers.get('etag')).toBe(etags[0]);
    expect(await files.database.rows('thumbnails', `file_id = '${id}'`)).toHaveLength(1);
  });

  it('is refused with 422 for wrong options, other files, and hostile pictures', async () => {
    const good = await canvas(300, 300).png().toBuffer();
    const id = await upload(good);
    const wrong = await get(id, 'width=257&height=x&fit=stretch&format=gif');
    expect(wrong.status).toBe(422);
    for (const [query, field] of [
      ['width=257', 'width'],
      ['height=x', 'height'],
      ['height=-1', 'height'],
      ['width=99999999999', 'width'],
      ['fit=stretch', 'fit'],
      ['format=svg', 'format'],
    ] as const) {
      const refused = await get(id, query);
      expect([refused.status, await refused.json()]).toMatchObject([422, { details: [{ field }] }]);
    }
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>';
    for (const [name, content] of [
      ['notes.txt', 'text'],
      ['evil.svg', svg],
      ['truncated.png', good.subarray(0, good.length / 2)],
      ['noise.png', Buffer.concat([good.subarray(0, 60), Buffer.alloc(2000, 7)])],
      ['bomb.png', bomb(60_000, 60_000)],
      ['grid.png', bomb(2 ** 31 - 1, 2 ** 31 - 1)],
    ] as const) {
      const refused = await get(await upload(content, name), 'width=64');
      expect([name, refused.status, ((await refused.json()) as { error: string }).error]).toEqual([
        name,
        422,
        'THUMBNAIL_UNAVAILABLE',
      ]);
    }
    expect((await get(id, 'width=64')).status).toBe(200);
  });

  it('is for those who may read the file, and for a signed link', async () => {
    const id = await upload(await canvas(300, 300).png().toBuffer());
    expect((await get(id, 'width=64', {}, files.user().token)).status).toBe(404);
    expect((await get(id, 'width=64', {}, '')).status).toBe(404);
    const urlOf = async (fileId: string) => {
      const { data } = await files.graphql<{ file: { thumbnailUrl: string | null; downloadUrl: string } }>(
        owner.token,
        'query ($id: ID!) { file(id: $id) { downloadUrl thumbnailUrl(width: 64, format: WEBP, expiresIn: 60) } }',
        { id: fileId },
      );
      return data.file;
    };
    const { thumbnailUrl, downloadUrl } = await urlOf(id);
    const signed = await fetch(`${files.url}${thumbnailUrl!.slice('/files'.length)}`);
    expect([signed.status, signed.headers.get('content-type')]).toEqual([200, 'image/webp']);
    const query = downloadUrl.slice(downloadUrl.indexOf('?') + 1);
    expect((await get(id, query, {}, '')).status).toBe(404);
    files.clock.advance(61_000);
    expect((await fetch(`${files.url}${thumbnailUrl!.slice('/files'.length)}`)).status).toBe(404);
    expect((await urlOf(await upload('text', 'a.txt'))).thumbnailUrl).toBeNull();
  });

  it('goes with its file', async () => {
    const id = await upload(await canvas(300, 300).png().toBuffer());
    const before = await files.objects();
    await picture(id, 'width=64');
    await picture(id, 'width=128');
    expect((await files.objects()).length).toBe(before.length + 2);
    expect((await files.rest('DELETE', `/${id}`, { token: owner.token })).status).toBe(204);
    await files.restart();
    await eventually(async () => expect((await files.objects()).length).toBe(before.length - 1));
    expect(await files.database.rows('thumbnails', `file_id = '${id}'`)).toEqual([]);
  });
});
