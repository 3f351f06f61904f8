import { createHmac } from 'node:crypto';
import { isIP } from 'node:net';
import type { Database, Transaction } from '../../../platform/database/database';
import { type AppError, tooMany } from '../../../platform/errors';
import type { Client } from '../../../platform/http/client-address';
import { isWrongGuess } from '../accounts/credentials';
import { authErrors } from '../errors';
import { recordSecurityEvent, SecurityEventType } from '../security-events/security-event';
import { LoginThrottleRow, SessionRow } from '../tables';

interface Rule {
  /** Failures that cost nothing. */
  readonly free: number;
  /** After this long without another failure all is forgotten. */
  readonly forgetMs: number;
}

const accountRule: Rule = { free: 5, forgetMs: 24 * 60 * 60_000 };
/** Many people may share an address; one who tries many accounts from it has it to themselves. */
const addressRule: Rule = { free: 200, forgetMs: 60 * 60_000 };
const longestBlockMs = 15 * 60_000;

export interface Throttled {
  readonly key: string;
  readonly rule: Rule;
}

/**
 * Makes guessing slow: after five failures in a row against an account each next one doubles a wait, from a second to
 * fifteen minutes. An attempt counts as failed before the password is looked at, so attempts at the same time count one
 * by one; success takes the count back. What is refused during a wait does not count: nobody is locked out for longer
 * than the wait by somebody who keeps trying.
 */
export class LoginThrottle {
  constructor(
    private readonly db: Database,
    private readonly key: Buffer,
  ) {}

  /**
   * What an attempt counts against. A name that belongs to nobody is throttled like one that does. From an address where
   * the account has signed in before it is counted by itself, so that strangers who guess from elsewhere cannot keep the
   * owner waiting.
   */
  async subjectsOf(account: { id: string } | null, name: string, address: string): Promise<Throttled[]> {
    const isKnown =
      account !== null && (await this.db.read.existsBy(SessionRow, { accountId: account.id, address }));
    return this.subjects(account, name, address, isKnown);
  }

  private subjects(
    account: { id: string } | null,
    name: string,
    address: string,
    isKnown: boolean,
  ): Throttled[] {
    const place = isKnown ? `:${address}` : '';
    const who = account === null ? `name:${name}` : `account:${account.id}${place}`;
    return [
      { key: this.hashed(who), rule: accountRule },
      { key: this.hashed(`address:${networkOf(address)}`), rule: addressRule },
    ];
  }

  /** @throws AppError 429 TOO_MANY_ATTEMPTS during a wait */
  async assertOpen(subjects: readonly Throttled[]): Promise<void> {
    const rows = await this.db.read
      .createQueryBuilder(LoginThrottleRow, 'row')
      .where('row.key IN (:...keys)', { keys: subjects.map(({ key }) => key) })
      .getMany();
    this.refuseBlocked(rows);
  }

  /**
   * Runs an attempt. It counts as failed from its beginning, and goes on to when a secret was wrong, which is noted for the
   * owner; whatever else ends it was no guess. What succeeds says so itself, by `succeed` or `takeBack` in its transaction.
   *
   * @param who whose account was tried; undefined for a name that belongs to nobody
   * @throws AppError 429 TOO_MANY_ATTEMPTS during a wait; whatever the attempt throws
   */
  async counted<T>(
    subjects: readonly Throttled[],
    who: { accountId: string | undefined; client: Client },
    attempt: () => Promise<T>,
  ): Promise<T> {
    await this.assertOpen(subjects);
    await this.reserve(subjects);
    try {
      return await attempt();
    } catch (error) {
      if (isWrongGuess(error)) await this.noteFailure(subjects, who, error.code);
      else await this.db.transaction(tx => this.takeBack(tx, subjects));
      throw error;
    }
  }

  private async reserve(subjects: readonly Throttled[]): Promise<void> {
    await this.db.transaction(async tx => {
      const now = this.db.clock.now();
      const rows = await this.lock(tx, subjects);
      this.refuseBlocked(rows);
      for (const { key, rule } of subjects) {
        const row = rows.find(each => each.key === key)!;
        const failures = (row.updatedAt <= now - rule.forgetMs ? 0 : row.failures) + 1;
        await tx.manager.update(
          LoginThrottleRow,
          { key },
          { failures, updatedAt: now, blockedUntil: now + waitAfter(failures, rule) },
        );
      }
    });
  }

  /** The attempt was right: the account's count begins anew, the address' count is what it was. */
  async succeed(tx: Transaction, subjects: readonly Throttled[]): Promise<void> {
    for (const subject of inOrder(subjects)) {
      if (subject === subjects[0]) await tx.manager.delete(LoginThrottleRow, { key: subject.key });
      else await this.takeBack(tx, [subject]);
    }
  }

  /**
   * Notes the failure for the owner; the waits keep these few. A name that belongs to nobody costs a write as well, so
   * that the time of the answer does not tell the two apart.
   */
  private async noteFailure(
    [subject]: readonly Throttled[],
    { accountId, client }: { accountId: string | undefined; client: Client },
    reason: string,
  ): Promise<void> {
    await this.db.transaction(async tx => {
      const now = this.db.clock.now();
      await tx.manager.update(LoginThrottleRow, { key: subject!.key }, { updatedAt: now });
      if (accountId === undefined) return;
      const type = SecurityEventType.SIGN_IN_FAILED;
      await recordSecurityEvent(tx, now, { accountId, type, client, details: { reason } });
    });
  }

  /** The owner proved otherwise who they are: failures against the account, and from their address, are forgotten. */
  async forgive(tx: Transaction, accountId: string, address: string): Promise<void> {
    for (const isKnown of [false, true]) {
      const [subject] = this.subjects({ id: accountId }, '', address, isKnown);
      await tx.manager.delete(LoginThrottleRow, { key: subject!.key });
    }
  }

  /** This attempt does not count; those before it do. */
  async takeBack(tx: Transaction, subjects: readonly Throttled[]): Promise<void> {
    for (const { key } of inOrder(subjects)) {
      await tx.manager
        .createQueryBuilder()
        .update(LoginThrottleRow)
        .set({ failures: () => 'failures - 1', blockedUntil: 0 })
        .where('key = :key AND failures > 0', { key })
        .execute();
    }
  }

  /** The rows, made where there are none. */
  private async lock(tx: Transaction, subjects: readonly Throttled[]): Promise<LoginThrottleRow[]> {
    const keys = inOrder(subjects).map(({ key }) => key);
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
      // A success of somebody else may have removed one between the two statements.
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

/** Rows are locked in one order, or two attempts would wait for each other. */
function inOrder(subjects: readonly Throttled[]): Throttled[] {
  return [...subjects].sort((a, b) => (a.key < b.key ? -1 : 1));
}

/**
 * Whoever has one IPv6 address has the 2^64 of its network (RFC 4291 §2.5.4), and could guess from a new one each time: the
 * network counts as one address.
 */
export function networkOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const [text] = address.split('%') as [string];
  // A URL writes each address in one way (URL Standard §3.5), with at most one `::`.
  const [head = '', tail = ''] = new URL(`http://[${text}]`).hostname.slice(1, -1).split('::');
  const [left, right] = [head, tail].map(part => part.split(':').filter(group => group !== '')) as [
    string[],
    string[],
  ];
  const zeros = Array<string>(8 - left.length - right.length).fill('0');
  return [...left, ...zeros, ...right].slice(0, 4).join(':');
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
