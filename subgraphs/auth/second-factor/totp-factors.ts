import { type EntityManager, In, IsNull, Not } from 'typeorm';
import { affectedRows, type Database } from '../../../platform/database/database';
import type { Transaction } from '../../../platform/database/transaction';
import { invalid } from '../../../platform/errors';
import type { Client } from '../../../platform/http/client-address';
import { type Caller, isSelf, isSelfOrHolds } from '../../../platform/security/caller';
import type { Keyring } from '../../../platform/security/keyring';
import { accountNotification } from '../accounts/account-notifications';
import { invalidCode } from '../accounts/credentials';
import { type FactorChanged, factorChanged } from '../events';
import { recordSecurityEvent, SecurityEventType } from '../security-events/security-event';
import { type AccountRow, TotpFactorRow } from '../tables';
import { matchingStep, type TypedCode } from './one-time-codes';
import type { RecoveryCodes } from './recovery-codes';

const changes = {
  [SecurityEventType.TOTP_ENABLED]: 'enabled',
  [SecurityEventType.TOTP_DISABLED]: 'disabled',
  [SecurityEventType.RECOVERY_CODE_USED]: 'recoveryCodeUsed',
  [SecurityEventType.RECOVERY_CODES_RENEWED]: 'recoveryCodesRenewed',
} as const;

/**
 * Authenticator apps as second factors (RFC 6238): reads them and verifies their codes. A code is valid for its thirty
 * seconds and one step to either side, and for one use. `totp-enrolments.ts` changes them.
 */
export class TotpFactors {
  constructor(
    private readonly db: Database,
    private readonly keyring: Keyring,
    private readonly recoveryCodes: RecoveryCodes,
  ) {}

  /** The confirmed factor, which sign-ins ask for; null when there is none. */
  active(manager: EntityManager, accountId: string): Promise<TotpFactorRow | null> {
    return manager.findOneBy(TotpFactorRow, { accountId, confirmedAt: Not(IsNull()) });
  }

  async isEnabled(manager: EntityManager, accountId: string): Promise<boolean> {
    return (await this.active(manager, accountId)) !== null;
  }

  /**
   * Whether these accounts have a second factor, by account id; for a loader. Only of the caller's own account, or of
   * any account with `users:reset-factors`.
   */
  async enabledOf(caller: Caller, accountIds: readonly string[]): Promise<Map<string, boolean>> {
    const visible = accountIds.filter(id => isSelfOrHolds(caller, id, 'users:reset-factors'));
    if (visible.length === 0) return new Map();
    const rows = await this.db.read.findBy(TotpFactorRow, {
      accountId: In(visible),
      confirmedAt: Not(IsNull()),
    });
    const enabled = new Set(rows.map(row => row.accountId));
    return new Map(visible.map(id => [id, enabled.has(id)]));
  }

  /** How many recovery codes the caller has left; null for another account, and without a second factor. */
  async recoveryCodesLeft(caller: Caller, accountId: string): Promise<number | null> {
    if (!isSelf(caller, accountId)) return null;
    const isEnabled = await this.isEnabled(this.db.read, accountId);
    return isEnabled ? this.recoveryCodes.count(this.db.read, accountId) : null;
  }

  /** The context of a factor's encrypted secret: a secret that is copied to another row does not decrypt. */
  encryptSecret(secret: string, factorId: string): string {
    return this.keyring.encrypt(secret, contextOf(factorId));
  }

  /**
   * Verifies a code and uses it up, in the transaction of the action that it allows: a rollback leaves the code valid.
   *
   * @throws AppError 401 INVALID_CODE; 422 when there is no code
   */
  async verify(
    tx: Transaction,
    account: AccountRow,
    factor: TotpFactorRow,
    code: TypedCode | undefined,
    client: Client,
  ): Promise<void> {
    if (code === undefined) {
      throw invalid([{ field: 'code', message: 'is required: the account has a second factor' }]);
    }
    if (code.kind === 'totp') return this.verifyTotp(tx, factor, code);
    if (!(await this.recoveryCodes.spend(tx, account.id, code.text))) throw invalidCode();
    await this.recordChange(tx, account, SecurityEventType.RECOVERY_CODE_USED, client);
  }

  /**
   * Verifies a code of the app. Its time step and all earlier steps are used up: of two concurrent requests with the same
   * code the database lets one succeed.
   *
   * @throws AppError 401 INVALID_CODE, also for a recovery code
   */
  async verifyTotp(tx: Transaction, factor: TotpFactorRow, { kind, text }: TypedCode): Promise<void> {
    const secret = this.keyring.decrypt(factor.secret, contextOf(factor.id));
    const step = kind === 'totp' ? matchingStep(secret, text, this.db.clock.now()) : undefined;
    if (step === undefined) throw invalidCode();
    const result = await tx.manager
      .createQueryBuilder()
      .update(TotpFactorRow)
      .set({
        lastUsedStep: step,
        ...(this.keyring.needsRotation(factor.secret)
          ? { secret: this.encryptSecret(secret, factor.id) }
          : {}),
      })
      .where('id = :id AND (last_used_step IS NULL OR last_used_step < :step)', { id: factor.id, step })
      .execute();
    if (affectedRows(result) === 0) throw invalidCode();
  }

  /** Removes the factor and its recovery codes. */
  async remove(tx: Transaction, accountId: string): Promise<void> {
    await tx.manager.delete(TotpFactorRow, { accountId });
    await this.recoveryCodes.remove(tx, accountId);
  }

  /** Records the change in the security events, and has the owner notified. */
  async recordChange(
    tx: Transaction,
    account: AccountRow,
    type: keyof typeof changes,
    client: Client,
    actorId?: string,
  ): Promise<void> {
    const recoveryCodesLeft = await this.recoveryCodes.count(tx.manager, account.id);
    await recordSecurityEvent(tx, this.db.clock.now(), {
      accountId: account.id,
      type,
      client,
      ...(actorId === undefined ? {} : { actorId }),
      details: { recoveryCodesLeft },
    });
    const data: FactorChanged = {
      ...accountNotification(account, client),
      // The owner does not learn the address of an administrator.
      ...(actorId === undefined ? {} : { device: '', address: '' }),
      change: changes[type],
      enabled: type !== SecurityEventType.TOTP_DISABLED,
      recoveryCodesLeft,
      actorId: actorId ?? null,
    };
    await tx.emit({ type: factorChanged, data });
  }
}

function contextOf(factorId: string): string {
  return `totp_factors.secret:${factorId}`;
}
