import { createHash } from 'node:crypto';
import type { Clock } from '../../platform/clock';
import { affectedRows, type Database, type Transaction } from '../../platform/database';
import { tooMany } from '../../platform/errors';
import { LoginThrottleRow } from './tables';

/** What a login is counted against, and after how many failures it waits. */
export interface ThrottleSubject {
  id: string;
  /** Failures that are let pass without a wait. */
  free: number;
}

const longestBlockMs = 15 * 60_000;
const forgottenAfterMs = 24 * 60 * 60_000;

/**
 * Slows guessing down. An attempt is counted as failed before the password is looked at, and taken back when it was right:
 * guesses that come at the same moment, aliased or batched, count one by one. After the free failures each further one
 * doubles the wait, from one second to fifteen minutes; attempts during a wait are refused without being counted, so nobody is
 * locked out for good. It is in the database: a restart forgives nothing.
 */
export class LoginThrottle {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** @throws AppError 429 with the seconds to wait */
  async reserve(subjects: readonly ThrottleSubject[]): Promise<void> {
    await this.database.transaction(async tx => {
      for (const subject of subjects) await this.count(tx, subject);
    });
  }

  /** The password was right: the account starts anew, and an address is not charged for this one. */
  async release(account: ThrottleSubject, address: ThrottleSubject): Promise<void> {
    await this.database.transaction(async tx => {
      await tx.manager.delete(LoginThrottleRow, { id: account.id });
      await tx.manager
        .createQueryBuilder()
        .update(LoginThrottleRow)
        .set({ failures: () => 'failures - 1' })
        .where('id = :id AND failures > 0', { id: address.id })
        .execute();
    });
  }

  /** Forgets what is a day old, a bounded number at a time. */
  async prune(): Promise<void> {
    const old = await this.database.read
      .createQueryBuilder(LoginThrottleRow, 'row')
      .select('row.id', 'id')
      .where('row.updatedAt < :before', { before: this.clock.now() - forgottenAfterMs })
      .limit(500)
      .getRawMany<{ id: string }>();
    if (old.length === 0) return;
    await this.database.transaction(tx =>
      tx.manager.delete(
        LoginThrottleRow,
        old.map(row => row.id),
      ),
    );
  }

  private async count(tx: Transaction, { id, free }: ThrottleSubject): Promise<void> {
    const now = this.clock.now();
    await tx.manager
      .createQueryBuilder()
      .insert()
      .into(LoginThrottleRow)
      .values({ id, failures: 0, blockedUntil: 0, updatedAt: now })
      .orIgnore()
      .execute();
    // Locks the row until the commit: attempts at the same moment are counted one after the other.
    const counted = await tx.manager
      .createQueryBuilder()
      .update(LoginThrottleRow)
      .set({ failures: () => 'failures + 1' })
      .where('id = :id AND blocked_until <= :now', { id, now })
      .execute();
    const row = await tx.manager.findOneByOrFail(LoginThrottleRow, { id });
    if (affectedRows(counted) === 0) {
      throw tooMany(
        'Too many failed attempts; try again later',
        (row.blockedUntil - now) / 1000,
        'TOO_MANY_ATTEMPTS',
      );
    }
    const failures = now - row.updatedAt > forgottenAfterMs ? 1 : row.failures;
    const wait =
      failures <= free ? 0 : Math.min(1000 * 2 ** Math.min(failures - free - 1, 20), longestBlockMs);
    await tx.manager.update(
      LoginThrottleRow,
      { id },
      { failures, blockedUntil: wait === 0 ? 0 : now + wait, updatedAt: now },
    );
  }
}

/** A name for the table that gives neither accounts nor addresses away. */
export function throttleId(...parts: string[]): string {
  return createHash('sha256')
    .update(JSON.stringify(['login throttle', ...parts]))
    .digest('base64url');
}
