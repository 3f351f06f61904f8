import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { type Database, uniqueViolation } from '../../platform/database';
import type { Keyring } from '../../platform/encryption';
import { isUuid } from '../../platform/ids';
import { SecretRow } from './tables';

const secretName = 'refresh_tokens';

/**
 * Refresh tokens: `<session>.<generation>.<mac>`. Nothing of them is stored: the mac proves that we made it, the session's
 * row says which generation is good.
 */
export class RefreshTokens {
  private constructor(private readonly key: Buffer) {}

  /** With the key that all instances share; made by the first. */
  static async open(database: Database, keyring: Keyring): Promise<RefreshTokens> {
    const context = `secrets.value:${secretName}`;
    const find = () => database.read.findOneBy(SecretRow, { id: secretName });
    let row = await find();
    if (row === null) {
      try {
        const value = keyring.encrypt(randomBytes(32).toString('base64'), context);
        await database.transaction(tx => tx.manager.insert(SecretRow, { id: secretName, value }));
      } catch (error) {
        if (uniqueViolation(error) === undefined) throw error;
      }
      row = await find();
    }
    if (row === null) throw new Error('the key of refresh tokens could not be stored');
    return new RefreshTokens(Buffer.from(keyring.decrypt(row.value, context), 'base64'));
  }

  write(sessionId: string, generation: number): string {
    return `${sessionId}.${generation}.${this.mac(sessionId, generation).toString('base64url')}`;
  }

  /** Undefined for anything that we did not make. */
  read(token: string): { sessionId: string; generation: number } | undefined {
    const match = /^([0-9a-f-]{36})\.(\d{1,9})\.([A-Za-z0-9_-]{43})$/.exec(token);
    if (match === null || !isUuid(match[1]!)) return undefined;
    const [, sessionId, generation, mac] = match as unknown as [string, string, string, string];
    const given = Buffer.from(mac, 'base64url');
    const right = this.mac(sessionId, Number(generation));
    if (given.length !== right.length || !timingSafeEqual(given, right)) return undefined;
    return { sessionId, generation: Number(generation) };
  }

  private mac(sessionId: string, generation: number): Buffer {
    return createHmac('sha256', this.key).update(`${sessionId}.${generation}`).digest();
  }
}
