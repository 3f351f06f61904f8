import { type CipherGCM, createHash, type Hash } from 'node:crypto';
import type { Counter } from 'prom-client';
import type { Keyring } from '../../../platform/security/keyring';
import { ContentEncryption } from './content-encryption';
import type { PendingObject, Storage } from './storage';

/** A content is verified and encrypted in chunks of this size, so that a range is read without reading the whole content. */
const chunkSize = 1024 * 1024;
const digestSize = 16;
/** Smaller pieces are written together. */
const writeSize = 256 * 1024;

/** A stored content, as a row keeps it. */
export interface StoredContent {
  readonly storageKey: string;
  /** Bytes of the content. The object is larger when it is encrypted. */
  readonly size: number;
  /** SHA-256 of the content, in hexadecimal. */
  readonly sha256: string;
  /** The shortened SHA-256 of each chunk, in base64. */
  readonly chunkDigests: string;
  /** The encrypted key of the content; null for a content that is not encrypted. */
  readonly dataKey: string | null;
}

/** The stored bytes are not the bytes that were written. */
class CorruptContent extends Error {
  constructor(
    readonly storageKey: string,
    cause?: unknown,
  ) {
    super(`The stored content ${storageKey} is damaged`, { cause });
    this.name = 'CorruptContent';
  }
}

/** The contents in the storage: encrypted when they are written, verified when they are read. */
export class Contents {
  constructor(
    private readonly storage: Storage,
    private readonly keyring: Keyring,
    private readonly isEncrypting: boolean,
  ) {}

  /** @param id a UUID of version 7 */
  create(id: string): NewContent {
    const object = this.storage.create(id);
    const encryption = this.isEncrypting ? ContentEncryption.create(this.keyring, object.key) : undefined;
    return new NewContent(object, encryption);
  }

  /**
   * The bytes from `start` to before `end`, each chunk verified before a byte of it is passed on.
   *
   * @throws CorruptContent
   */
  async *read(content: StoredContent, start = 0, end = content.size): AsyncGenerator<Buffer> {
    if (start >= end) return;
    const { storageKey, size, dataKey } = content;
    const encryption =
      dataKey === null ? undefined : ContentEncryption.open(this.keyring, storageKey, dataKey);
    const storedChunk = chunkSize + overheadOf(dataKey);
    const storedEnd = Math.min(Math.ceil(end / chunkSize) * storedChunk, this.storedSize(content));
    let index = Math.floor(start / chunkSize);
    const source = this.storage.read(storageKey, index * storedChunk, storedEnd, storedChunk);
    for await (const stored of inChunks(source, storedChunk)) {
      const chunk = opened(content, index, stored, encryption);
      const position = index * chunkSize;
      yield chunk.subarray(Math.max(0, start - position), Math.min(chunk.length, end - position));
      index += 1;
    }
    if (Math.min(index * chunkSize, size) < end) throw new CorruptContent(storageKey);
  }

  /** The bytes of the object of a content. */
  storedSize({ size, dataKey }: Pick<StoredContent, 'size' | 'dataKey'>): number {
    return size + Math.ceil(size / chunkSize) * overheadOf(dataKey);
  }

  /** Whether the object is there, as large as it must be. */
  async isComplete(content: Pick<StoredContent, 'storageKey' | 'size' | 'dataKey'>): Promise<boolean> {
    return (await this.storage.sizeOf(content.storageKey)) === this.storedSize(content);
  }
}

/** The same contents for downloads, whose bytes are counted. */
export function countedReads(
  contents: Pick<Contents, 'read'>,
  bytes: Pick<Counter, 'inc'>,
): Pick<Contents, 'read'> {
  return {
    async *read(content, start, end) {
      for await (const chunk of contents.read(content, start, end)) {
        bytes.inc(chunk.length);
        yield chunk;
      }
    },
  };
}

/** A content that is being written. It is stored with `commit` and leaves nothing with `abort`. */
export class NewContent {
  size = 0;
  private readonly whole = createHash('sha256');
  private chunk: Hash | undefined;
  private cipher: CipherGCM | undefined;
  private inChunk = 0;
  private readonly digests: Buffer[] = [];
  private pieces: Uint8Array[] = [];
  private waiting = 0;

  constructor(
    private readonly object: PendingObject,
    private readonly encryption: ContentEncryption | undefined,
  ) {}

  /** @throws AppError as `PendingObject.write` */
  async write(bytes: Uint8Array): Promise<void> {
    this.size += bytes.length;
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + chunkSize - this.inChunk);
      this.addToChunk(part);
      at += part.length;
      if (this.inChunk === chunkSize) this.endChunk();
    }
    if (this.waiting >= writeSize) await this.flush();
  }

  /** Ends the content. It is not stored yet. @throws AppError as `PendingObject.write` */
  async end(): Promise<StoredContent> {
    if (this.inChunk > 0) this.endChunk();
    await this.flush();
    return {
      storageKey: this.object.key,
      size: this.size,
      sha256: this.whole.digest('hex'),
      chunkDigests: Buffer.concat(this.digests).toString('base64'),
      dataKey: this.encryption?.dataKey ?? null,
    };
  }

  commit(): Promise<void> {
    return this.object.commit();
  }

  abort(): Promise<void> {
    return this.object.abort();
  }

  private addToChunk(part: Uint8Array): void {
    this.whole.update(part);
    // The digest of the first chunk is that of the whole at its end.
    if (this.digests.length > 0) {
      this.chunk ??= createHash('sha256');
      this.chunk.update(part);
    }
    this.inChunk += part.length;
    this.cipher ??= this.encryption?.cipherOf(this.digests.length);
    this.add(this.cipher?.update(part) ?? part);
  }

  private endChunk(): void {
    const digest = (this.chunk ?? this.whole.copy()).digest();
    this.digests.push(digest.subarray(0, digestSize));
    if (this.cipher !== undefined) {
      this.cipher.final();
      this.add(this.cipher.getAuthTag());
    }
    this.chunk = undefined;
    this.cipher = undefined;
    this.inChunk = 0;
  }

  private add(piece: Uint8Array): void {
    this.pieces.push(piece);
    this.waiting += piece.length;
  }

  private async flush(): Promise<void> {
    const { pieces } = this;
    if (pieces.length === 0) return;
    this.pieces = [];
    this.waiting = 0;
    await this.object.write(pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces));
  }
}

function overheadOf(dataKey: string | null): number {
  return dataKey === null ? 0 : ContentEncryption.overhead;
}

/** @throws CorruptContent */
function opened(
  { storageKey, chunkDigests }: StoredContent,
  index: number,
  stored: Buffer,
  encryption: ContentEncryption | undefined,
): Buffer {
  if (encryption !== undefined) {
    try {
      // The tag of AES-GCM covers the bytes and, with the nonce, their place: a digest would say the same again.
      return encryption.decrypt(index, stored);
    } catch (error) {
      throw new CorruptContent(storageKey, error);
    }
  }
  const actual = createHash('sha256').update(stored).digest().subarray(0, digestSize);
  const expected = Buffer.from(chunkDigests, 'base64').subarray(index * digestSize, (index + 1) * digestSize);
  if (!actual.equals(expected)) throw new CorruptContent(storageKey);
  return stored;
}

/** The same bytes in pieces of one size; the last may be smaller. */
async function* inChunks(source: AsyncIterable<Buffer>, size: number): AsyncGenerator<Buffer> {
  let pieces: Buffer[] = [];
  let length = 0;
  for await (let piece of source) {
    while (piece.length > 0) {
      const part = piece.subarray(0, size - length);
      pieces.push(part);
      length += part.length;
      piece = piece.subarray(part.length);
      if (length < size) continue;
      yield pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces, length);
      pieces = [];
      length = 0;
    }
  }
  if (length > 0) yield pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces, length);
}
