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
  /** The highest cost of a stored hash: every comparison takes as long as one of this cost. */
  private highestCost: number;

  constructor(
    private readonly cost: number,
    private readonly limits = { atOnce, longestQueue },
  ) {
    this.highestCost = cost;
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

  /** After a change of the configured cost, older hashes have another one. */
  coverCost(cost: number): void {
    this.highestCost = Math.max(this.highestCost, cost);
  }

  /** Takes the same time for every stored hash, whatever its cost, and without one. */
  async matches(password: string, stored: string | undefined): Promise<boolean> {
    const digest = digestOf(password);
    const hashed = stored ?? decoyOf(this.highestCost);
    const cost = getRounds(hashed);
    this.coverCost(cost);
    const isSame = await compare(digest, hashed);
    // Each step of the cost doubles the work: 2^c + 2^c + 2^(c+1) + … + 2^(h-1) is 2^h.
    for (let step = cost; step < this.highestCost; step++) await compare(digest, decoyOf(step));
    return isSame && stored !== undefined;
  }

  /** Whether the hash has another cost than the configured one. */
  isOutdated(stored: string): boolean {
    return getRounds(stored) !== this.cost;
  }
}

/** A hash that matches no password. */
function decoyOf(cost: number): string {
  return `$2b$${String(cost).padStart(2, '0')}$${'abcdefghijklmnopqrstuu'}${'/'.repeat(31)}`;
}

/** NFC, then HMAC-SHA-256 as Base64, which has no NUL. */
function digestOf(password: string): string {
  return createHmac('sha256', purpose).update(password.normalize('NFC'), 'utf8').digest('base64');
}
