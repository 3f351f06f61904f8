/** Bytes that are being written. They become an object with `commit` and leave nothing with `abort`. */
export interface PendingObject {
  readonly key: string;
  /** Resolves when more may be written. @throws AppError 507 STORAGE_FULL, 503 SERVICE_UNAVAILABLE */
  write(chunk: Uint8Array): Promise<void>;
  /** The object is durable under its key when it resolves. @throws AppError as `write` */
  commit(): Promise<void>;
  /** Removes the bytes, whether they were committed or not. */
  abort(): Promise<void>;
}

/** A stored object, or an unfinished one. */
export interface StoredObject {
  readonly key: string;
  /** Milliseconds since the Unix epoch. */
  readonly modifiedAt: number;
  readonly isPending: boolean;
}

/** Objects that clients send to the store themselves. They are apart from the others and are removed once they are read. */
export interface PresignedStore {
  /** Takes one PUT of exactly that many bytes, within an hour. */
  urlFor(id: string, size: number): Promise<string>;
  /** Undefined when there is none. */
  sizeOf(id: string): Promise<number | undefined>;
  read(id: string): AsyncIterable<Buffer>;
  /** A repeated call changes nothing. */
  remove(id: string): Promise<void>;
}

/** A store of objects, such as a folder or an S3 bucket. Keys are made of ids, never of names that a client sent. */
export interface Storage {
  /** @param id a UUID of version 7 */
  create(id: string): PendingObject;
  /**
   * The bytes from `start` to before `end`. The iteration fails when the object is missing.
   *
   * @param pieceSize what the reader works on at once; a store may give pieces of another size
   */
  read(key: string, start: number, end: number, pieceSize: number): AsyncIterable<Buffer>;
  /** The size of the object in bytes; undefined when there is none. */
  sizeOf(key: string): Promise<number | undefined>;
  /** A repeated call changes nothing. */
  remove(key: string): Promise<void>;
  /** Every object, and every unfinished one. */
  list(): AsyncIterable<StoredObject>;
  /** Removes an unfinished object by the key that `list` gives. */
  removePending(key: string): Promise<void>;
  /** @throws Error when the store cannot be used */
  ping(): Promise<void>;
  /** Undefined for a store that clients cannot reach. */
  readonly presigned?: PresignedStore;
  close(): Promise<void>;
}

/** Keys of older files have a second folder. */
const keyPattern = /^[0-9a-f]{2}\/([0-9a-f]{2}\/)?[0-9a-f-]{36}$/;

/**
 * The key of an object. Its folder is one of 256 and changes every four seconds, with the time in a UUID of version 7: the objects are
 * spread evenly, and those that are written at the same time share one sync of their folder.
 */
export function keyOf(id: string): string {
  return `${id[7]}${id[9]}/${id}`;
}

export function isKey(text: string): boolean {
  return keyPattern.test(text);
}
