import { createHash } from 'node:crypto';
import { LessThan } from 'typeorm';
import type { Database } from '../../../platform/database/database';
import type { Transaction } from '../../../platform/database/transaction';
import { AppError, platformErrors } from '../../../platform/errors';
import type { Caller } from '../../../platform/security/caller';
import type { Keyring } from '../../../platform/security/keyring';
import { SendRequestRow } from '../tables';
import type { SendInput } from './send-input';

const keptMs = 24 * 60 * 60_000;

/** The idempotency keys of the last 24 hours, unique for each caller. */
export class SendRequests {
  constructor(
    private readonly db: Database,
    private readonly keyring: Keyring,
  ) {}

  /** The id of the request that used the key before. @throws AppError 409 IDEMPOTENCY_KEY_REUSED for another input */
  async find(caller: Caller, input: SendInput): Promise<string | undefined> {
    if (input.idempotencyKey == null) return undefined;
    const row = await this.db.read.findOneBy(SendRequestRow, keyOf(caller, input.idempotencyKey));
    return this.isCurrent(row) ? this.matching(row, input) : undefined;
  }

  /**
   * Takes the key for this request. Of two requests at the same time, the database lets one win.
   *
   * @returns the id of an earlier request with the same key and input
   * @throws AppError 409 IDEMPOTENCY_KEY_REUSED for another input
   */
  async record(caller: Caller, input: SendInput, id: string, tx: Transaction): Promise<string | undefined> {
    if (input.idempotencyKey == null) return undefined;
    const key = keyOf(caller, input.idempotencyKey);
    const now = this.db.clock.now();
    await tx.manager.delete(SendRequestRow, { ...key, createdAt: LessThan(now - keptMs) });
    const row = { id, ...key, fingerprint: this.keyring.sign(textOf(input), 'send request'), createdAt: now };
    await tx.manager.createQueryBuilder().insert().into(SendRequestRow).values(row).orIgnore().execute();
    const winner = await tx.manager.findOneByOrFail(SendRequestRow, key);
    return winner.id === id ? undefined : this.matching(winner, input);
  }

  async prune(): Promise<void> {
    const before = this.db.clock.now() - keptMs;
    await this.db.transaction(tx => tx.manager.delete(SendRequestRow, { createdAt: LessThan(before) }));
  }

  private isCurrent(row: SendRequestRow | null): row is SendRequestRow {
    return row !== null && row.createdAt >= this.db.clock.now() - keptMs;
  }

  private matching(row: SendRequestRow, input: SendInput): string {
    if (this.keyring.isSigned(textOf(input), row.fingerprint, 'send request')) return row.id;
    throw new AppError(
      platformErrors.IDEMPOTENCY_KEY_REUSED,
      'This idempotency key was used for something else: send another one',
    );
  }
}

function keyOf(caller: Caller, key: string): { callerId: string; keyHash: string } {
  const keyHash = createHash('sha256').update(key).digest('base64url');
  return { callerId: `${caller.kind}:${caller.id}`, keyHash };
}

/** The same text for the same input, whatever the order of its fields. */
function textOf(input: SendInput): string {
  return JSON.stringify(input, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
      : value,
  );
}
