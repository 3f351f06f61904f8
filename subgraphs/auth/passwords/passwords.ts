import { createHmac } from 'node:crypto';
import { compare, getRounds, hash } from 'bcrypt';
import { unavailable } from '../../../platform/errors';

/** Separates this use of HMAC from others; it is no secret. */
const purpose = 'plinth password v1';

/** Hashing keeps a core busy, so two run at the same time. */
const atOnce = 2;
/** A longer queue would take longer than clients wait. */
const longestQueue = 100;

/**
 * Hashes passwords with bcrypt in a thread pool and few at the same time, so that many sign-ins do not slow other requests.
 *
 * bcrypt reads 72 bytes and stops at a NUL, so its input is a digest of 44 characters of the whole password.
 */
export class Passwords {
  private running = 0;
  private readonly waiting: (() => void)[] = [];
  /** A hash that matches no password: comparing takes the same time for unknown accounts. */
  private readonly decoy: string;

  constructor(
    private readonly cost: number,
    private readonly limits = { atOnce, longestQueue },
  ) {
    this.decoy = `$2b$${String(cost).padStart(2, '0')}$${'abcdefghijklmnopqrstuu'}${'/'.repeat(31)}`;
  }

  /**
   * Waits for a free slot. Call it around every hash and comparison.
   *
   * @throws AppError SERVICE_UNAVAILABLE when too many wait already
   */
  async inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.running < this.limits.atOnce) this.running += 1;
    else {
      if (this.waiting.length >= this.limits.longestQueue) {
        throw unavailable('Too many passwords are being checked now');
      }
      // The finished call passes its slot on, so `running` does not change.
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
    return hash(digestOf(password), this.cost);
  }

  /** Takes the same time without a stored hash. */
  async matches(password: string, stored: string | undefined): Promise<boolean> {
    const isSame = await compare(digestOf(password), stored ?? this.decoy);
    return isSame && stored !== undefined;
  }

  /** Whether the hash has another cost than the configured one. */
  isOutdated(stored: string): boolean {
    return getRounds(stored) !== this.cost;
  }
}

/** NFC, then HMAC-SHA-256 as Base64, which has no NUL. */
function digestOf(password: string): string {
  return createHmac('sha256', purpose).update(password.normalize('NFC'), 'utf8').digest('base64');
}
