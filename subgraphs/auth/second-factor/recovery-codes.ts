import { createHmac } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import { affectedRows } from '../../../platform/database/database';
import type { Transaction } from '../../../platform/database/transaction';
import { RecoveryCodeRow } from '../tables';
import { newRecoveryCode, readCode } from './one-time-codes';

const recoveryCodesIssued = 10;

/** Codes for owners who lost the authenticator app: shown once, stored as keyed hashes, valid for one use each. */
export class RecoveryCodes {
  constructor(private readonly key: Buffer) {}

  /** Issues ten new codes and deletes the old ones. */
  async issue(tx: Transaction, accountId: string, now: number): Promise<string[]> {
    await this.remove(tx, accountId);
    const codes = Array.from({ length: recoveryCodesIssued }, newRecoveryCode);
    const rows = codes.map(code => ({
      hash: this.hashOf(accountId, readCode(code).text),
      accountId,
      createdAt: now,
    }));
    await tx.manager.insert(RecoveryCodeRow, rows);
    return codes;
  }

  /** Uses the code up. @returns whether it was valid; of two concurrent requests the database lets one succeed */
  async spend(tx: Transaction, accountId: string, text: string): Promise<boolean> {
    const hash = this.hashOf(accountId, text);
    return affectedRows(await tx.manager.delete(RecoveryCodeRow, { hash, accountId })) === 1;
  }

  async remove(tx: Transaction, accountId: string): Promise<void> {
    await tx.manager.delete(RecoveryCodeRow, { accountId });
  }

  count(manager: EntityManager, accountId: string): Promise<number> {
    return manager.countBy(RecoveryCodeRow, { accountId });
  }

  private hashOf(accountId: string, text: string): string {
    return createHmac('sha256', this.key).update(`${accountId}:${text}`).digest('base64url');
  }
}
