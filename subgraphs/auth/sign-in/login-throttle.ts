import { createHmac } from 'node:crypto';
import type { Database } from '../../../platform/database/database';
import type { Transaction } from '../../../platform/database/transaction';
import { type AppError, tooMany } from '../../../platform/errors';
import type { Client } from '../../../platform/http/client-address';
import { networkOf } from '../../../platform/security/client-network';
import { isWrongGuess } from '../accounts/credentials';
import { authErrors } from '../errors';
import { recordSecurityEvent, SecurityEventType } from '../security-events/security-event';
import { LoginThrottleRow, SessionRow } from '../tables';

interface Rule {
  /** Failures before the first wait. */
  readonly free: number;
  /** The count starts again after this long without a failure. */
  readonly resetMs: number;
}

const accountRule: Rule = { free: 5, resetMs: 24 * 60 * 60_000 };
/** Many people may share an address, so its limit is high; it stops one client that tries many accounts. */
const addressRule: Rule = { free: 200, resetMs: 60 * 60_000 };
const longestBlockMs = 15 * 60_000;

/** One row that failed attempts are counted in. */
export interface AttemptCounter {
  readonly key: string;
  readonly rule: Rule;
}

/**
 * Slows down the guessing of passwords and codes. After five failures in a row each further failure doubles the wait,
 * from one second to fifteen minutes. An attempt counts as a failure before the password is compared, so concurrent
 * attempts count one by one; a success takes the count back. Attempts during a wait are refused and not counted, so
 * that an attacker cannot lock the owner out for longer than the wait.
 */
export class LoginThrottle {
  constructor(
    private readonly db: Database,
    private readonly key: Buffer,
  ) {}

  /**
   * The counters of an attempt: one of the account and one of the client's network. An unknown name has a counter as
   * well. Attempts from an address with an earlier sign-in have a counter of their own, so that an attacker at another
   * address cannot make the owner wait.
   */
  async countersOf(account: { id: string } | null, name: string, address: string): Promise<AttemptCounter[]> {
    const isKnown =
      account !== null && (await this.db.read.existsBy(SessionRow, { accountId: account.id, address }));
    return this.counters(account, name, address, isKnown);
  }

  private counters(
    account: { id: string } | null,
    name: string,
    address: string,
    isKnown: boolean,
  ): AttemptCounter[] {
    const suffix = isKnown ? `:${address}` : '';
    const accountKey = account === null ? `name:${name}` : `account:${account.id}${suffix}`;
    return [
      { key: this.hashed(accountKey), rule: accountRule },
      { key: this.hashed(`address:${networkOf(address)}`), rule: addressRule },
    ];
  }

  /** @throws AppError 429 TOO_MANY_ATTEMPTS during a wait */
  async assertOpen(counters: readonly AttemptCounter[]): Promise<void> {
    const rows = await this.db.read
      .createQueryBuilder(LoginThrottleRow, 'row')
      .where('row.key IN (:...keys)', { keys: counters.map(({ key }) => key) })
      .getMany();
    this.refuseBlocked(rows);
  }

  /**
   * Runs an attempt and counts it as a failure from its beginning. A wrong password or code keeps the count and becomes
   * a security event; any other error takes the count back. A successful attempt calls `reset` or `refund` in its
   * transaction.
   *
   * @param target undefined accountId for a name without an account
   * @throws AppError 429 TOO_MANY_ATTEMPTS during a wait; the errors of the attempt
   */
  async guard<T>(
    counters: readonly AttemptCounter[],
    target: { accountId: string | undefined; client: Client },
    attempt: () => Promise<T>,
  ): Promise<T> {
    await this.assertOpen(counters);
    await this.reserve(counters);
    try {
      return await attempt();
    } catch (error) {
      if (isWrongGuess(error)) await this.recordFailure(counters, target, error.code);
      else await this.db.transaction(tx => this.refund(tx, counters));
      throw error;
    }
  }

  private async reserve(counters: readonly AttemptCounter[]): Promise<void> {
    await this.db.transaction(async tx => {
      const now = this.db.clock.now();
      const rows = await this.lock(tx, counters);
      this.refuseBlocked(rows);
      for (const { key, rule } of counters) {
        const row = rows.find(each => each.key === key)!;
        const failures = (row.updatedAt <= now - rule.resetMs ? 0 : row.failures) + 1;
        await tx.manager.update(
          LoginThrottleRow,
          { key },
          { failures, updatedAt: now, blockedUntil: now + waitAfter(failures, rule) },
        );
      }
    });
  }

  /** For a successful attempt: resets the account's counter and takes the attempt back from the network's counter. */
  async reset(tx: Transaction, counters: readonly AttemptCounter[]): Promise<void> {
    for (const counter of inOrder(counters)) {
      if (counter === counters[0]) await tx.manager.delete(LoginThrottleRow, { key: counter.key });
      else await this.refund(tx, [counter]);
    }
  }

  /**
   * Records the failure as a security event; the waits limit their number. An unknown name costs a write as well, so
   * that the response time does not reveal whether the account exists.
   */
  private async recordFailure(
    [counter]: readonly AttemptCounter[],
    { accountId, client }: { accountId: string | undefined; client: Client },
    reason: string,
  ): Promise<void> {
    await this.db.transaction(async tx => {
      const now = this.db.clock.now();
      await tx.manager.update(LoginThrottleRow, { key: counter!.key }, { updatedAt: now });
      if (accountId === undefined) return;
      const type = SecurityEventType.SIGN_IN_FAILED;
      await recordSecurityEvent(tx, now, { accountId, type, client, details: { reason } });
    });
  }

  /** Resets both counters of an account after its owner set a new password with a mailed link. */
  async resetAccount(tx: Transaction, accountId: string, address: string): Promise<void> {
    for (const isKnown of [false, true]) {
      const [counter] = this.counters({ id: accountId }, '', address, isKnown);
      await tx.manager.delete(LoginThrottleRow, { key: counter!.key });
    }
  }

  /** Takes back the count of this attempt and keeps that of earlier ones. */
  async refund(tx: Transaction, counters: readonly AttemptCounter[]): Promise<void> {
    for (const { key } of inOrder(counters)) {
      await tx.manager
        .createQueryBuilder()
        .update(LoginThrottleRow)
        .set({ failures: () => 'failures - 1', blockedUntil: 0 })
        .where('key = :key AND failures > 0', { key })
        .execute();
    }
  }

  /** Locks the rows and inserts the missing ones. */
  private async lock(tx: Transaction, counters: readonly AttemptCounter[]): Promise<LoginThrottleRow[]> {
    const keys = inOrder(counters).map(({ key }) => key);
    const updatedAt = this.db.clock.now();
    for (;;) {
      await tx.manager
        .createQueryBuilder()
        .insert()
        .into(LoginThrottleRow)
        .values(keys.map(key => ({ key, failures: 0, blockedUntil: 0, updatedAt })))
        .orIgnore()
        .execute();
      const query = tx.manager
        .createQueryBuilder(LoginThrottleRow, 'row')
        .where('row.key IN (:...keys)', { keys })
        .orderBy('row.key');
      if (this.db.kind === 'postgres') query.setLock('pessimistic_write');
      const rows = await query.getMany();
      // A successful sign-in may have deleted a row between the two statements.
      if (rows.length === keys.length) return rows;
    }
  }

  private refuseBlocked(rows: readonly LoginThrottleRow[]): void {
    const waitMs = Math.max(0, ...rows.map(row => row.blockedUntil - this.db.clock.now()));
    if (waitMs > 0) throw tooManyAttempts(waitMs);
  }

  private hashed(text: string): string {
    return createHmac('sha256', this.key).update(text).digest('base64url');
  }
}

/** Rows are always locked in the same order, so that two attempts cannot deadlock. */
function inOrder(counters: readonly AttemptCounter[]): AttemptCounter[] {
  return [...counters].sort((a, b) => (a.key < b.key ? -1 : 1));
}

function waitAfter(failures: number, { free }: Rule): number {
  return failures < free ? 0 : Math.min(1000 * 2 ** (failures - free), longestBlockMs);
}

function tooManyAttempts(waitMs: number): AppError {
  return tooMany(
    'Too many failed sign-ins: wait before the next one',
    waitMs / 1000,
    authErrors.TOO_MANY_ATTEMPTS,
  );
}
