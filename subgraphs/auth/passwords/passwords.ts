import { createHmac } from 'node:crypto';
import { compare, getRounds, hash } from 'bcrypt';
import { unavailable } from '../../../platform/errors';

/** Says which use of HMAC this is; it is no secret. */
const purpose = 'plinth password v1';

/** Hashing keeps a core busy: two at once leave room for everything else. */
const atOnce = 2;
/** Whoever comes behind this many would have given up before their turn. */
const longestQueue = 100;

/**
 * Hashes passwords with bcrypt, on threads of their own and only a few at once, so that a flood of sign-ins slows
 * sign-ins and nothing else.
 *
 * bcrypt reads 72 bytes and stops at a NUL, so it is given 44 characters made from the whole password.
 */
export class Passwords {
  private running = 0;
  private readonly waiting: (() => void)[] = [];
  /** Nobody's: comparing with it takes as long as comparing with somebody's. */
  private readonly decoy: string;

  constructor(
    private readonly cost: number,
    private readonly limits = { atOnce, longestQueue },
  ) {
    this.decoy = `$2b$${String(cost).padStart(2, '0')}$${'abcdefghijklmnopqrstuu'}${'/'.repeat(31)}`;
  }

  /**
   * Waits for a turn; what is hashed or compared belongs into one.
   *
   * @throws AppError SERVICE_UNAVAILABLE when too many wait already
   */
  async inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.running < this.limits.atOnce) this.running += 1;
    else {
      if (this.waiting.length >= this.limits.longestQueue) {
        throw unavailable('Too many passwords are being checked right now');
      }
      // Whoever ends hands the turn on: `running` stays as it is.
      await new Promise<void>(resolve => this.waiting.push(resolve));
    }
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.running -= 1;
      else next();
    }
  }

  hash(password: string): Promise<string> {
    return hash(condensed(password), this.cost);
  }

  /** Takes as long when there is no hash to compare with. */
  async matches(password: string, stored: string | undefined): Promise<boolean> {
    const isSame = await compare(condensed(password), stored ?? this.decoy);
    return isSame && stored !== undefined;
  }

  /** Whether the hash was made at another cost than the one that is set now. */
  isOutdated(stored: string): boolean {
    return getRounds(stored) !== this.cost;
  }
}

/** One way of writing accents, then 32 bytes of the whole, as text without NUL. */
function condensed(password: string): string {
  return createHmac('sha256', purpose).update(password.normalize('NFC'), 'utf8').digest('base64');
}
