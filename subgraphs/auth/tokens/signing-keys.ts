import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';
import type { Database } from '../../../platform/database/database';
import { uniqueViolation } from '../../../platform/database/driver-errors';
import type { Logger } from '../../../platform/observability/logger';
import { type KeySource } from '../../../platform/security/access-tokens';
import type { Caller } from '../../../platform/security/caller';
import { longestAccessToken } from '../../../platform/security/credentials';
import type { Keyring } from '../../../platform/security/keyring';
import { opened } from '../secrets';
import { SigningKeyRow } from '../tables';

/** The time between the publication of a key and its first signature, longer than `keySetMaxAge`. */
const leadMs = 10 * 60_000;
/** The seconds for which other servers may cache the key set. */
export const keySetMaxAge = 300;
/** The tolerated difference between clocks. */
const skewMs = 60_000;
const pollMs = 60_000;
/** The interval of reloads for unknown key ids, so that invented ids do not overload the database. */
const reloadMs = 5_000;

interface SigningKey {
  readonly number: number;
  readonly kid: string;
  readonly signsFrom: number;
  readonly publicJwk: JsonWebKey;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

/**
 * The ES256 keys that sign access tokens. A key is published before it signs and until its last token has expired. The
 * keys are rows with encrypted private keys, so that all instances have the same keys.
 */
export class SigningKeys implements KeySource {
  private keys: SigningKey[] = [];
  private loadedAt = Number.NEGATIVE_INFINITY;
  private loading: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;

  private constructor(
    private readonly db: Database,
    private readonly keyring: Keyring,
    private readonly logger: Logger,
    private readonly rotationMs: number,
  ) {}

  static async open(
    db: Database,
    keyring: Keyring,
    logger: Logger,
    rotationDays: number,
  ): Promise<SigningKeys> {
    const keys = new SigningKeys(db, keyring, logger, rotationDays * 24 * 60 * 60_000);
    await keys.keepUp();
    return keys;
  }

  /** The key that signs now. */
  current(): { kid: string; privateKey: KeyObject } {
    const now = this.db.clock.now();
    const key = this.keys.findLast(each => each.signsFrom <= now) ?? this.keys[0];
    if (key === undefined) throw new Error('There is no signing key');
    return key;
  }

  async find(kid: string): Promise<KeyObject | undefined> {
    const known = this.published().find(key => key.kid === kid);
    if (known !== undefined) return known.publicKey;
    if (this.db.clock.now() - this.loadedAt < reloadMs) return undefined;
    await this.load();
    return this.published().find(key => key.kid === kid)?.publicKey;
  }

  /** The JSON Web Key Set (RFC 7517 §5). */
  keySet(): { keys: JsonWebKey[] } {
    return {
      keys: this.published().map(({ publicJwk, kid }) => ({ ...publicJwk, kid, alg: 'ES256', use: 'sig' })),
    };
  }

  /**
   * Creates the next key, which is published at once and signs in ten minutes. Returns a next key that exists already.
   *
   * @throws AppError 403 without `keys:rotate`
   */
  async rotate(caller: Caller): Promise<{ kid: string; signsFrom: number }> {
    caller.require('keys:rotate');
    await this.load();
    if (this.newest().signsFrom <= this.db.clock.now()) await this.makeNext();
    const { kid, signsFrom } = this.newest();
    return { kid, signsFrom };
  }

  /** Loads the keys of other instances, and creates the next key when it is due. */
  async keepUp(): Promise<void> {
    await this.load();
    const last = this.keys.at(-1);
    if (last === undefined || last.signsFrom + this.rotationMs - leadMs <= this.db.clock.now()) {
      await this.makeNext();
    }
  }

  start(): void {
    this.timer ??= setInterval(() => {
      this.keepUp().catch(error => this.logger.error({ error }, 'Signing keys cannot be loaded or rotated'));
    }, pollMs).unref();
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  /** Deletes keys whose tokens have all expired. */
  async prune(): Promise<void> {
    const oldest = this.published()[0]?.number ?? 0;
    await this.db.transaction(tx =>
      tx.manager
        .createQueryBuilder()
        .delete()
        .from(SigningKeyRow)
        .where('number < :oldest', { oldest })
        .execute(),
    );
  }

  private newest(): SigningKey {
    return this.keys.at(-1)!;
  }

  /** All keys except those whose successor has signed for longer than the lifetime of a token. */
  private published(): SigningKey[] {
    const gone = this.db.clock.now() - longestAccessToken * 1000 - skewMs;
    return this.keys.filter((_, at) => {
      const successor = this.keys[at + 1];
      return successor === undefined || successor.signsFrom > gone;
    });
  }

  private async makeNext(): Promise<void> {
    const now = this.db.clock.now();
    const last = this.keys.at(-1);
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { kty, crv, x, y } = publicKey.export({ format: 'jwk' }) as Required<JsonWebKey>;
    const kid = thumbprint({ crv, kty, x, y });
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    try {
      await this.db.transaction(tx =>
        tx.manager.insert(SigningKeyRow, {
          number: (last?.number ?? 0) + 1,
          kid,
          publicJwk: { kty, crv, x, y },
          privateKey: this.keyring.encrypt(pem, contextOf(kid)),
          createdAt: now,
          signsFrom: last === undefined ? now : now + leadMs,
        }),
      );
      this.logger.info({ kid }, 'made a signing key');
    } catch (error) {
      // Another instance created it at the same moment: its key is used.
      if (uniqueViolation(error) === undefined) throw error;
    }
    await this.load();
  }

  private load(): Promise<void> {
    this.loading ??= this.read().finally(() => {
      this.loading = undefined;
    });
    return this.loading;
  }

  private async read(): Promise<void> {
    const rows = await this.db.read.find(SigningKeyRow, { order: { number: 'ASC' } });
    const known = new Map(this.keys.map(key => [key.kid, key]));
    const keys: SigningKey[] = [];
    for (const row of rows) keys.push(known.get(row.kid) ?? (await this.take(row)));
    this.keys = keys;
    this.loadedAt = this.db.clock.now();
  }

  private async take(row: SigningKeyRow): Promise<SigningKey> {
    const { number, kid, signsFrom, publicJwk } = row;
    const pem = opened(this.keyring, row.privateKey, contextOf(kid));
    if (this.keyring.needsRotation(row.privateKey)) {
      const privateKey = this.keyring.encrypt(pem, contextOf(kid));
      await this.db.transaction(tx => tx.manager.update(SigningKeyRow, { number }, { privateKey }));
    }
    return {
      number,
      kid,
      signsFrom,
      publicJwk,
      publicKey: createPublicKey({ key: publicJwk, format: 'jwk' }),
      privateKey: createPrivateKey(pem),
    };
  }
}

function contextOf(kid: string): string {
  return `signing_keys.private_key:${kid}`;
}

/** RFC 7638: the members in this order. */
function thumbprint({ crv, kty, x, y }: { crv: string; kty: string; x: string; y: string }): string {
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
}
