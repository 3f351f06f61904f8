import { createHmac, randomBytes } from 'node:crypto';
import bcrypt from 'bcrypt';
import { unavailable } from '../../platform/errors';

/** Hashes that run at once: more than the machine's cores would only make each slower. */
const atOnce = 2;
/** Logins that may wait; at cost 12 the last of them waits for about ten seconds. */
const longestQueue = 100;

/**
 * Password hashes: bcrypt over a digest, because bcrypt itself ignores everything after 72 bytes and after a NUL. The work
 * runs on the thread pool, a few at a time; a flood waits in a bounded queue and is then turned away, while other requests
 * go on.
 */
export class Passwords {
  private running = 0;
  private readonly waiting: (() => void)[] = [];
  private decoy: Promise<string> | undefined;

  constructor(private readonly cost: number) {}

  /** @throws AppError 503 when too many wait */
  hash(password: string): Promise<string> {
    return this.inTurn(() => bcrypt.hash(digest(password), this.cost));
  }

  verify(password: string, hash: string): Promise<boolean> {
    return this.inTurn(() => bcrypt.compare(digest(password), hash));
  }

  /** Takes the time that `verify` takes, for a name nobody has. */
  async verifyNothing(password: string): Promise<false> {
    this.decoy ??= this.hash(randomBytes(18).toString('base64'));
    await this.verify(password, await this.decoy);
    return false;
  }

  /** Makes the decoy before the first login needs it. */
  async warmUp(): Promise<void> {
    this.decoy ??= this.hash(randomBytes(18).toString('base64'));
    await this.decoy;
  }

  /** Whether the hash was made at another cost than new ones are. */
  isOutdated(hash: string): boolean {
    return bcrypt.getRounds(hash) !== this.cost;
  }

  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.running >= atOnce) {
      if (this.waiting.length >= longestQueue)
        throw unavailable('Too many passwords are being checked right now');
      await new Promise<void>(resolve => this.waiting.push(resolve));
    } else this.running += 1;
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.running -= 1;
      else next();
    }
  }
}

/** 44 characters of base64, whatever goes in. Keyed, so that hashes leaked elsewhere cannot be tried here as they are. */
function digest(password: string): string {
  return createHmac('sha256', 'plinth password v1').update(password.normalize('NFC')).digest('base64');
}
