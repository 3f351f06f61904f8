import { createHmac } from 'node:crypto';
import type { Database } from '../../../platform/database/database';
import type { Transaction } from '../../../platform/database/transaction';
import { type AppError, tooMany } from '../../../platform/errors';
import type { Client } from '../../../platform/http/client-address';
import { networkOf } from '../../../platform/security/client-network';
import { isWrongGuess } from '../accounts/credentials';
import { authErrors } from '../errors';
import { recordSecurityEvent, SecurityEventType } from '../security-events/security-event';
import { type AccountRow, LoginThrottleRow, SessionRow } from '../tables';

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

/** The identifiers of an account, each with a counter of its own. */
type Identifiers = Pick<AccountRow, 'id' | 'usernameKey' | 'emailKey'>;

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
   * The counters of a sign-in: one of the name that was typed and one of the client's network. A name without an account
   * has the same counter. Username and email of an account are counted apart: with one counter, failures by username
   * would make a later sign-in by email wait, and show that both belong to an account. Attempts from an address with
   * an earlier sign-in have a counter of their own, so that an attacker at another address cannot make the owner wait.
   */
  async countersOfName(
    account: { id: string } | null,
    name: string,
    address: string,
  ): Promise<AttemptCounter[]> {
    const place = account === null ? '' : await this.placeOf(account.id, address);
    return this.counters(`name:${name}${place}`, address);
  }

  /** The counters of an attempt by somebody who has shown to be the owner before: with a session, or with the password. */
  async countersOfAccount(accountId: string, address: string): Promise<AttemptCounter[]> {
    return this.counters(`account:${accountId}${await this.placeOf(accountId, address)}`, address);
  }

  private async placeOf(accountId: string, address: string): Promise<string> {
    const isKnown = await this.db.read.existsBy(SessionRow, { accountId, address });
    return isKnown ? `:${address}` : '';
  }

  private counters(identifier: string, address: string): AttemptCounter[] {
    return [
      { key: this.hashed(identifier), rule: accountRule },
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

  /**
   * For a successful attempt: resets the counters of the account that are counted like this one, elsewhere or at this address,
   * and takes the attempt back from the network's counter.
   */
  async reset(
    tx: Transaction,
    account: Identifiers,
    address: string,
    counters: readonly AttemptCounter[],
  ): Promise<void> {
    const [own, network] = counters as [AttemptCounter, AttemptCounter];
    const place = ['', `:${address}`].find(each => this.keysOf(account, each).includes(own.key)) ?? '';
    const keys = this.keysOf(account, place).map(key => ({ key, rule: accountRule }));
    for (const counter of inOrder([...keys, network])) {
      if (counter !== network) await tx.manager.delete(LoginThrottleRow, { key: counter.key });
      else await this.refund(tx, [network]);
    }
  }

  private keysOf({ id, usernameKey, emailKey }: Identifiers, place: string): string[] {
    const identifiers = [`account:${id}`, `name:${usernameKey}`, `name:${emailKey}`];
    return identifiers.map(each => this.hashed(`${each}${place}`));
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

  /** Resets all counters of an account after its owner set a new password with a mailed link. */
  async resetAccount(tx: Transaction, account: Identifiers, address: string): Promise<void> {
    const keys = [...this.keysOf(account, ''), ...this.keysOf(account, `:${address}`)].sort();
    for (const key of keys) await tx.manager.delete(LoginThrottleRow, { key });
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
