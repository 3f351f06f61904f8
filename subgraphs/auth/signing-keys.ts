import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';
import { In } from 'typeorm';
import type { Clock } from '../../platform/clock';
import { type Database, uniqueViolation } from '../../platform/database';
import type { Keyring } from '../../platform/encryption';
import { uuidv7 } from '../../platform/ids';
import { type KeySource, longestAccessToken } from '../../platform/tokens';
import { SigningKeyRow } from './tables';

/** How long a new key is published before it signs: verifiers fetch the set again within this time. */
const leadMs = 2 * 60_000;
const dayMs = 24 * 60 * 60_000;
const reloadEveryMs = 30_000;
/** Between looks for a key id that is not known: made-up ids must not become queries. */
const unknownEveryMs = 1_000;

interface Key {
  id: string;
  sequence: number;
  signsFrom: number;
  publicKey: KeyObject;
  privateKey: KeyObject;
  jwk: Record<string, unknown>;
}

/**
 * The keys that sign access tokens: ES256, private halves encrypted in the database, shared by all instances. A new one is
 * published before it signs, and the old one verifies until its last token has expired.
 */
export class SigningKeys implements KeySource {
  private keys: Key[] = [];
  private loadedAt = Number.NEGATIVE_INFINITY;

  private constructor(
    private readonly database: Database,
    private readonly keyring: Keyring,
    private readonly clock: Clock,
    private readonly rotationDays: number,
  ) {}

  static async open(
    database: Database,
    keyring: Keyring,
    clock: Clock,
    rotationDays: number,
  ): Promise<SigningKeys> {
    const keys = new SigningKeys(database, keyring, clock, rotationDays);
    await keys.maintain();
    return keys;
  }

  /** The key that signs now. */
  async current(): Promise<{ id: string; privateKey: KeyObject }> {
    if (this.clock.now() - this.loadedAt > reloadEveryMs) await this.load();
    return this.signing();
  }

  async find(kid: string): Promise<KeyObject | undefined> {
    const known = this.keys.find(key => key.id === kid);
    if (known !== undefined) return known.publicKey;
    if (this.clock.now() - this.loadedAt < unknownEveryMs) return undefined;
    await this.load();
    return this.keys.find(key => key.id === kid)?.publicKey;
  }

  /** The JSON Web Key Set (RFC 7517 §5) of the public halves. */
  async published(): Promise<{ keys: Record<string, unknown>[] }> {
    if (this.clock.now() - this.loadedAt > unknownEveryMs) await this.load();
    return { keys: this.keys.map(({ id, jwk }) => ({ ...jwk, kid: id, alg: 'ES256', use: 'sig' })) };
  }

  /** Makes the first key, or the next one when it is due, and drops those that no living token needs. */
  async maintain(): Promise<void> {
    await this.load();
    const newest = this.keys.at(-1);
    const now = this.clock.now();
    if (newest === undefined) await this.add(0, now);
    else if (now - newest.signsFrom >= this.rotationDays * dayMs) await this.rotate();
    // A key signs until the next one does; its last token lives an hour at most, and an hour is for clocks that differ.
    const spent = this.keys.filter((_, index) => {
      const next = this.keys[index + 1];
      return next !== undefined && next.signsFrom + 2 * longestAccessToken * 1000 < now;
    });
    if (spent.length > 0) {
      await this.database.transaction(tx =>
        tx.manager.delete(SigningKeyRow, { id: In(spent.map(key => key.id)) }),
      );
      await this.load();
    }
  }

  /** Publishes a new key that signs two minutes from now. */
  async rotate(): Promise<void> {
    await this.add((this.keys.at(-1)?.sequence ?? -1) + 1, this.clock.now() + leadMs);
  }

  private signing(): Key {
    const now = this.clock.now();
    const key = this.keys.findLast(one => one.signsFrom <= now) ?? this.keys[0];
    if (key === undefined) throw new Error('there is no signing key');
    return key;
  }

  private async add(sequence: number, signsFrom: number): Promise<void> {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const id = uuidv7(this.clock.now());
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
    try {
      await this.database.transaction(tx =>
        tx.manager.insert(SigningKeyRow, {
          id,
          sequence,
          publicJwk: publicKey.export({ format: 'jwk' }) as object,
          privateKey: this.keyring.encrypt(pem, `signing_keys.private_key:${id}`),
          signsFrom,
        }),
      );
    } catch (error) {
      // Another instance was first; its key is as good.
      if (uniqueViolation(error) === undefined) throw error;
    }
    await this.load();
  }

  private async load(): Promise<void> {
    const rows = await this.database.read.find(SigningKeyRow, { order: { sequence: 'ASC' } });
    const known = new Map(this.keys.map(key => [key.id, key]));
    this.keys = rows.map(row => known.get(row.id) ?? this.open(row));
    this.loadedAt = this.clock.now();
  }

  private open(row: SigningKeyRow): Key {
    const pem = this.keyring.decrypt(row.privateKey, `signing_keys.private_key:${row.id}`);
    return {
      id: row.id,
      sequence: row.sequence,
      signsFrom: row.signsFrom,
      jwk: row.publicJwk,
      publicKey: createPublicKey({ key: row.publicJwk as JsonWebKey, format: 'jwk' }),
      privateKey: createPrivateKey(pem),
    };
  }
}
