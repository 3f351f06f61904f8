import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder } from '../private-files';

const keyBytes = 32;
const ivBytes = 12;
const tagBytes = 16;

/**
 * The keys that encrypt secrets at rest, with AES-256-GCM (NIST SP 800-38D). The first encrypts and signs; all decrypt, so
 * a new key is put in front and the old ones stay until nothing needs them (`needsRotation`). Random 96-bit IVs are
 * good for 2^32 texts under one key.
 *
 * Errors name key ids at most: never a key, a plaintext or a ciphertext.
 */
export class Keyring {
  private readonly keys = new Map<string, Buffer>();
  /** Deriving one takes longer than signing with it. */
  private readonly signingKeys = new Map<string, KeyObject>();
  private readonly current: string;

  /**
   * @param text `id:base64key`, more after commas
   * @throws Error in one sentence saying which key is wrong, and how
   */
  constructor(text: string) {
    const parts = text
      .split(',')
      .map(part => part.trim())
      .filter(part => part !== '');
    for (const [i, part] of parts.entries()) {
      const match = /^([A-Za-z0-9_-]{1,32}):([A-Za-z0-9+/_-]+={0,2})$/.exec(part);
      if (!match) {
        throw new Error(
          `Encryption key ${i + 1} is not of the form id:base64 with 32 random bytes; a passphrase is not a key: make one with openssl rand -base64 32`,
        );
      }
      const [, id, encoded] = match as unknown as [string, string, string];
      const key = Buffer.from(encoded, 'base64');
      if (key.length !== keyBytes) {
        throw new Error(`Encryption key ${id} has ${key.length} bytes; AES-256 needs exactly ${keyBytes}`);
      }
      if (this.keys.has(id)) throw new Error(`Encryption key ${id} is given twice`);
      this.keys.set(id, key);
    }
    const first = this.keys.keys().next().value;
    if (first === undefined) throw new Error('At least one encryption key is needed, as id:base64');
    this.current = first;
  }

  /** The id of the key that encrypts. */
  get currentId(): string {
    return this.current;
  }

  get ids(): string[] {
    return [...this.keys.keys()];
  }

  /** A keyring of one new key, as text. */
  static generate(id = randomBytes(4).toString('hex')): string {
    return `${id}:${randomBytes(keyBytes).toString('base64')}`;
  }

  /**
   * @param context where the text belongs, such as `profiles.phone:<user id>`; decrypting asks for the same, so that a
   * text copied to another row or column is refused
   * @returns `v1.<key id>.<iv>.<ciphertext and tag>`
   */
  encrypt(plaintext: string | Buffer, context: string): string {
    const iv = randomBytes(ivBytes);
    const cipher = createCipheriv('aes-256-gcm', this.keys.get(this.current)!, iv, {
      authTagLength: tagBytes,
    });
    cipher.setAAD(aad(this.current, context));
    const bytes = Buffer.isBuffer(plaintext) ? plaintext : Buffer.from(plaintext, 'utf8');
    const sealed = Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
    return `v1.${this.current}.${iv.toString('base64url')}.${sealed.toString('base64url')}`;
  }

  /** @throws Error when the text was changed, belongs to another context, or its key is not in this keyring */
  decrypt(text: string, context: string): string {
    return this.decryptBytes(text, context).toString('utf8');
  }

  /** The same for binary data. @throws Error as `decrypt` */
  decryptBytes(text: string, context: string): Buffer {
    const [version, id = '', iv = '', sealed = '', ...rest] = text.split('.');
    if (version !== 'v1' || rest.length > 0) throw new Error('This is not an encrypted text');
    const key = this.keys.get(id);
    if (key === undefined) throw new Error(`The encryption key ${id.slice(0, 32)} is not in the keyring`);
    const ivBuffer = Buffer.from(iv, 'base64url');
    const sealedBuffer = Buffer.from(sealed, 'base64url');
    if (ivBuffer.length !== ivBytes || sealedBuffer.length < tagBytes) {
      throw new Error('The encrypted text is damaged');
    }
    const decipher = createDecipheriv('aes-256-gcm', key, ivBuffer, { authTagLength: tagBytes });
    decipher.setAAD(aad(id, context));
    decipher.setAuthTag(sealedBuffer.subarray(-tagBytes));
    try {
      return Buffer.concat([decipher.update(sealedBuffer.subarray(0, -tagBytes)), decipher.final()]);
    } catch {
      throw new Error('The encrypted text was changed, or belongs somewhere else');
    }
  }

  /**
   * A signature that every holder of these keys can check and nobody else can make: HMAC-SHA256 (RFC 2104) under a key
   * that is made for this purpose from the current one (HKDF, RFC 5869).
   *
   * @param purpose a constant, since its key is kept
   * @returns `<key id>.<mac in base64url>`
   */
  sign(text: string, purpose: string): string {
    return `${this.current}.${this.mac(this.current, text, purpose).toString('base64url')}`;
  }

  /** Whether one of these keys signed the text for this purpose; compared in constant time. */
  isSigned(text: string, signature: string, purpose: string): boolean {
    const [id = '', mac = '', ...rest] = signature.split('.');
    if (rest.length > 0 || !this.keys.has(id)) return false;
    const expected = this.mac(id, text, purpose);
    const given = Buffer.from(mac, 'base64url');
    return given.length === expected.length && timingSafeEqual(given, expected);
  }

  private mac(id: string, text: string, purpose: string): Buffer {
    const name = `${id}:${purpose}`;
    let key = this.signingKeys.get(name);
    if (key === undefined) {
      const derived = hkdfSync('sha256', this.keys.get(id)!, '', `plinth signature: ${purpose}`, keyBytes);
      key = createSecretKey(Buffer.from(derived));
      this.signingKeys.set(name, key);
    }
    return createHmac('sha256', key).update(text, 'utf8').digest();
  }

  /** Whether the text is under an old key: decrypt and encrypt it again when it is written anyway. */
  needsRotation(text: string): boolean {
    return text.split('.', 2)[1] !== this.current;
  }
}

function aad(keyId: string, context: string): Buffer {
  return Buffer.from(`v1.${keyId}.${context}`, 'utf8');
}

/**
 * The keyring in this file; a new one where there is none, readable by its owner only. For the one-process shape: where
 * several machines share a database the keys come from their configuration. Losing the file loses what it encrypted.
 */
export async function loadOrCreateKeyFile(path: string): Promise<Keyring> {
  const existing = await readKeyFile(path);
  if (existing !== undefined) return existing;
  await makeFolder(dirname(path));
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await writeFile(draft, `${Keyring.generate()}\n`, { mode: 0o600, flag: 'wx', flush: true });
    // A link appears whole or not at all, and only where nothing is: of two processes one wins and both read its key.
    await link(draft, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(draft, { force: true });
  }
  const made = await readKeyFile(path);
  if (made === undefined) throw new Error(`The key file ${path} vanished while it was made`);
  return made;
}

async function readKeyFile(path: string): Promise<Keyring | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return new Keyring(text);
}
