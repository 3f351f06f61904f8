import { createHash } from 'node:crypto';

/** The content is verified in chunks of this size, so that a range is verified without reading the whole file. */
const chunkSize = 1024 * 1024;
const digestSize = 16;

/** The digests of a content that arrives in pieces: SHA-256 of all of it, and a shortened one of each chunk. */
export class ContentDigest {
  private readonly whole = createHash('sha256');
  private chunk = createHash('sha256');
  private inChunk = 0;
  private readonly digests: Buffer[] = [];

  update(bytes: Uint8Array): void {
    this.whole.update(bytes);
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + chunkSize - this.inChunk);
      this.chunk.update(part);
      this.inChunk += part.length;
      at += part.length;
      if (this.inChunk === chunkSize) this.endChunk();
    }
  }

  end(): { sha256: string; chunkDigests: string } {
    if (this.inChunk > 0) this.endChunk();
    return {
      sha256: this.whole.digest('hex'),
      chunkDigests: Buffer.concat(this.digests).toString('base64'),
    };
  }

  private endChunk(): void {
    this.digests.push(this.chunk.digest().subarray(0, digestSize));
    this.chunk = createHash('sha256');
    this.inChunk = 0;
  }
}

/** The stored bytes are not the bytes that were uploaded. */
class CorruptContent extends Error {
  constructor(readonly storageKey: string) {
    super(`The stored content ${storageKey} is damaged`);
    this.name = 'CorruptContent';
  }
}

/**
 * The bytes from `start` to before `end`, each chunk verified before a byte of it is passed on.
 *
 * @param read reads whole chunks
 * @throws CorruptContent
 */
export async function* verified(
  file: { storageKey: string; size: number; chunkDigests: string },
  start: number,
  end: number,
  read: (key: string, start: number, end: number) => AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  const digests = Buffer.from(file.chunkDigests, 'base64');
  const first = Math.floor(start / chunkSize);
  let position = first * chunkSize;
  const readEnd = Math.min(Math.ceil(end / chunkSize) * chunkSize, file.size);
  let pieces: Buffer[] = [];
  let pending = 0;
  const take = (): Buffer => {
    const chunk = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces, pending);
    const index = position / chunkSize;
    const expected = digests.subarray(index * digestSize, (index + 1) * digestSize);
    const actual = createHash('sha256').update(chunk).digest().subarray(0, digestSize);
    if (!actual.equals(expected)) throw new CorruptContent(file.storageKey);
    const shown = chunk.subarray(Math.max(0, start - position), Math.min(chunk.length, end - position));
    position += chunk.length;
    pieces = [];
    pending = 0;
    return shown;
  };
  for await (let piece of read(file.storageKey, position, readEnd)) {
    while (piece.length > 0) {
      const part = piece.subarray(0, chunkSize - pending);
      pieces.push(part);
      pending += part.length;
      piece = piece.subarray(part.length);
      if (pending === chunkSize) yield take();
    }
  }
  if (pending > 0) yield take();
  if (position !== readEnd) throw new CorruptContent(file.storageKey);
}
