import { hkdfSync, randomBytes } from 'node:crypto';
import { ConfigError } from '../../platform/config';
import type { Database } from '../../platform/database/database';
import type { Keyring } from '../../platform/security/keyring';
import { SecretRow } from './tables';

/** All keys that this service signs its own data with are derived from this secret. */
const root = 'root';

/** Derives a key for each purpose, the same in every instance and after every restart. */
export class Secrets {
  private constructor(private readonly value: Buffer) {}

  /** The first start creates the secret. Of several concurrent instances one creates it and all read it. */
  static async open(db: Database, keyring: Keyring): Promise<Secrets> {
    const context = `secrets:${root}`;
    await db.transaction(tx =>
      tx.manager
        .createQueryBuilder()
        .insert()
        .into(SecretRow)
        .values({ name: root, value: keyring.encrypt(randomBytes(32).toString('base64'), context) })
        .orIgnore()
        .execute(),
    );
    const { value } = await db.read.findOneByOrFail(SecretRow, { name: root });
    const text = opened(keyring, value, context);
    if (keyring.needsRotation(value)) {
      const renewed = keyring.encrypt(text, context);
      await db.transaction(tx => tx.manager.update(SecretRow, { name: root }, { value: renewed }));
    }
    return new Secrets(Buffer.from(text, 'base64'));
  }

  keyFor(purpose: string): Buffer {
    return Buffer.from(hkdfSync('sha256', this.value, '', `plinth auth: ${purpose}`, 32));
  }
}

/** @throws ConfigError when the keyring lacks the key, which an operator must restore */
export function opened(keyring: Keyring, text: string, context: string): string {
  try {
    return keyring.decrypt(text, context);
  } catch (error) {
    throw new ConfigError([
      `Encrypted data of auth cannot be decrypted: ${(error as Error).message}. Set ENCRYPTION_KEYS (or restore secret.key in DATA_DIR) to what it was, with new keys in front`,
    ]);
  }
}
