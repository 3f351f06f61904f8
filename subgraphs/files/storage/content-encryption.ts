import { type CipherGCM, createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Keyring } from '../../../platform/security/keyring';

const tagBytes = 16;

/**
 * The encryption of one content, with AES-256-GCM (NIST SP 800-38D) under a key of its own. Each chunk is encrypted by itself, so that
 * a range is decrypted without the bytes before it. The nonce is the number of the chunk: a key encrypts one content once.
 *
 * The key is stored encrypted by the keyring. A rotation encrypts it again; the content stays as it is.
 */
export class ContentEncryption {
  /** Bytes that each chunk grows by. */
  static readonly overhead = tagBytes;

  private constructor(
    private readonly key: Buffer,
    /** The encrypted key: `v1.<key id>.…`. */
    readonly dataKey: string,
  ) {}

  static create(keyring: Keyring, storageKey: string): ContentEncryption {
    const key = randomBytes(32);
    return new ContentEncryption(key, keyring.encrypt(key, contextOf(storageKey)));
  }

  /** @throws Error when the key of the keyring is missing, or the text belongs to another content */
  static open(keyring: Keyring, storageKey: string, dataKey: string): ContentEncryption {
    return new ContentEncryption(keyring.decryptBytes(dataKey, contextOf(storageKey)), dataKey);
  }

  /** The data key under the current key of the keyring; undefined when it is so already. */
  static rotated(keyring: Keyring, storageKey: string, dataKey: string): string | undefined {
    if (!keyring.needsRotation(dataKey)) return undefined;
    return keyring.encrypt(keyring.decryptBytes(dataKey, contextOf(storageKey)), contextOf(storageKey));
  }

  /** Its tag is written after the encrypted chunk. */
  cipherOf(chunk: number): CipherGCM {
    return createCipheriv('aes-256-gcm', this.key, nonceOf(chunk), { authTagLength: tagBytes });
  }

  /** @throws Error when the chunk was changed, or is not the one of this number */
  decrypt(chunk: number, sealed: Buffer): Buffer {
    const decipher = createDecipheriv('aes-256-gcm', this.key, nonceOf(chunk), { authTagLength: tagBytes });
    decipher.setAuthTag(sealed.subarray(-tagBytes));
    const plain = decipher.update(sealed.subarray(0, -tagBytes));
    decipher.final();
    return plain;
  }
}

function nonceOf(chunk: number): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUIntBE(chunk, 6, 6);
  return nonce;
}

function contextOf(storageKey: string): string {
  return `file content:${storageKey}`;
}
