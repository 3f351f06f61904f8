import { type EntityManager, In, IsNull, Not } from 'typeorm';
import { affectedRows, type Database, type Transaction } from '../../../platform/database/database';
import { AppError, invalid, notFound, platformErrors, unauthenticated } from '../../../platform/errors';
import type { Client } from '../../../platform/http/client-address';
import { isUuid, uuidv7 } from '../../../platform/ids';
import { type Caller, isSelf, requireRecent } from '../../../platform/security/caller';
import type { Keyring } from '../../../platform/security/keyring';
import { lockAccount } from '../accounts/account-rows';
import { invalidCode } from '../accounts/credentials';
import { noticeOf } from '../accounts/owner-notifications';
import { authErrors } from '../errors';
import { type FactorChanged, factorChanged } from '../events';
import { recordSecurityEvent, SecurityEventType } from '../security-events/security-event';
import type { Sessions } from '../sessions/sessions';
import type { LoginThrottle } from '../sign-in/login-throttle';
import { AccountRow, TotpFactorRow } from '../tables';
import { matchingStep, newTotpSecret, readCode, type TypedCode, totpUri } from './one-time-codes';
import type { RecoveryCodes } from './recovery-codes';

/**
 * Authenticator apps as second factors (RFC 6238). A code is good for its thirty seconds and one step to either side, and
 * for one use. Whatever changes a factor asks for a sign-in of the last ten minutes, in a session that goes on.
 *
 * Turning it on ends the other sessions, which a password alone began; turning it off ends none, because those that there
 * are have proved more than is asked from then on.
 */
export class TotpFactors {
  constructor(
    private readonly db: Database,
    private readonly keyring: Keyring,
    private readonly recoveryCodes: RecoveryCodes,
    private readonly sessions: Sessions,
    private readonly throttle: LoginThrottle,
    /** How the app names where the code is for. */
    private readonly issuer: string,
  ) {}

  /**
   * A new secret for the caller's app, in place of one that was never confirmed. It changes nothing until `confirm`.
   *
   * @throws AppError 401 REAUTHENTICATION_REQUIRED, 409 TOTP_ALREADY_ENABLED
   */
  async enrol(caller: Caller): Promise<{ secret: string; uri: string }> {
    this.requireOwner(caller);
    const now = this.db.clock.now();
    const secret = newTotpSecret();
    const account = await this.db.transaction(async tx => {
      const owner = await this.lockOwner(tx, caller);
      if (await this.isOn(tx.manager, owner.id)) throw alreadyEnabled();
      await tx.manager.delete(TotpFactorRow, { accountId: owner.id });
      const id = uuidv7(now);
      await tx.manager.insert(TotpFactorRow, {
        id,
        accountId: owner.id,
        secret: this.keyring.encrypt(secret, contextOf(id)),
        createdAt: now,
        confirmedAt: null,
        lastUsedStep: null,
      });
      return owner;
    });
    return { secret, uri: totpUri(secret, this.issuer, account.username) };
  }

  /**
   * Turns the factor on with a first code of the app, and ends the caller's other sessions.
   *
   * @returns the recovery codes, which cannot be shown again
   * @throws AppError 401 INVALID_CODE, REAUTHENTICATION_REQUIRED; 409 TOTP_NOT_ENROLLED, TOTP_ALREADY_ENABLED; 422; 429
   */
  async confirm(caller: Caller, code: string, client: Client): Promise<string[]> {
    const userId = this.requireOwner(caller);
    const typed = readCode(code);
    const { codes, ended } = await this.guess(userId, client, async (tx, takeBack) => {
      const account = await this.lockOwner(tx, caller);
      const factor = await tx.manager.findOneBy(TotpFactorRow, { accountId: account.id });
      if (factor === null) throw new AppError(authErrors.TOTP_NOT_ENROLLED, 'Begin with enrolTotp');
      if (factor.confirmedAt !== null) throw alreadyEnabled();
      if (typed.kind !== 'totp' || !(await this.spendStep(tx, factor, typed.text))) throw invalidCode();
      await takeBack();
      const now = this.db.clock.now();
      await tx.manager.update(TotpFactorRow, { id: factor.id }, { confirmedAt: now });
      const issued = await this.recoveryCodes.issue(tx, account.id, now);
      await this.note(tx, account, SecurityEventType.TOTP_ENABLED, client);
      return { codes: issued, ended: await this.sessions.endAll(tx, account.id, caller.sessionId) };
    });
    // The codes are shown this once, whether the other servers can be told just now or a moment later.
    this.sessions.refuse(ended);
    return codes;
  }

  /**
   * Turns the factor off, with a code of the app or a recovery code.
   *
   * @throws AppError 401 INVALID_CODE, REAUTHENTICATION_REQUIRED; 409 TOTP_NOT_ENABLED; 422; 429
   */
  async disable(caller: Caller, code: string, client: Client): Promise<AccountRow> {
    const userId = this.requireOwner(caller);
    const typed = readCode(code);
    return this.guess(userId, client, async (tx, takeBack) => {
      const account = await this.lockOwner(tx, caller);
      const factor = await this.active(tx.manager, account.id);
      if (factor === null) throw notEnabled();
      await this.spend(tx, account, factor, typed, client);
      await takeBack();
      await this.remove(tx, account.id);
      await this.note(tx, account, SecurityEventType.TOTP_DISABLED, client);
      return account;
    });
  }

  /**
   * Ten new recovery codes; those there were are good for nothing any more.
   *
   * @returns the codes, which cannot be shown again
   * @throws AppError 401 REAUTHENTICATION_REQUIRED, 409 TOTP_NOT_ENABLED
   */
  async renewRecoveryCodes(caller: Caller, client: Client): Promise<string[]> {
    this.requireOwner(caller);
    return this.db.transaction(async tx => {
      const account = await this.lockOwner(tx, caller);
      if (!(await this.isOn(tx.manager, account.id))) throw notEnabled();
      const codes = await this.recoveryCodes.issue(tx, account.id, this.db.clock.now());
      await this.note(tx, account, SecurityEventType.RECOVERY_CODES_RENEWED, client);
      return codes;
    });
  }

  /**
   * Turns off the factor of somebody who lost the app and the codes, and ends all their sessions.
   *
   * @throws AppError 403 without `users:reset-factors`, 401 REAUTHENTICATION_REQUIRED, 404, 409 OWN_ACCOUNT,
   * TOTP_NOT_ENABLED
   */
  async reset(caller: Caller, userId: string, client: Client): Promise<AccountRow> {
    caller.require('users:reset-factors');
    requireRecent(caller, this.db.clock.now());
    if (isSelf(caller, userId))
      throw new AppError(platformErrors.OWN_ACCOUNT, 'Turn your own factor off with disableTotp');
    const { account, ended } = await this.db.transaction(async tx => {
      const found = isUuid(userId) ? await lockAccount(this.db, tx, userId) : null;
      if (found === null) throw notFound('User');
      if (!(await this.isOn(tx.manager, found.id))) throw notEnabled();
      await this.remove(tx, found.id);
      await this.note(tx, found, SecurityEventType.TOTP_DISABLED, client, caller.id);
      return { account: found, ended: await this.sessions.endAll(tx, found.id) };
    });
    await this.sessions.announce(ended);
    return account;
  }

  /** The factor that sign-ins ask for; null when there is none, or it was never confirmed. */
  active(manager: EntityManager, accountId: string): Promise<TotpFactorRow | null> {
    return manager.findOneBy(TotpFactorRow, { accountId, confirmedAt: Not(IsNull()) });
  }

  async isOn(manager: EntityManager, accountId: string): Promise<boolean> {
    return (await this.active(manager, accountId)) !== null;
  }

  /** Those of these accounts that are on; for a loader. */
  ofAccounts(accountIds: readonly string[]): Promise<TotpFactorRow[]> {
    return this.db.read.findBy(TotpFactorRow, { accountId: In([...accountIds]), confirmedAt: Not(IsNull()) });
  }

  /** How many recovery codes the caller has left; null when no factor is on. */
  async recoveryCodesLeft(accountId: string): Promise<number | null> {
    const isOn = await this.isOn(this.db.read, accountId);
    return isOn ? this.recoveryCodes.count(this.db.read, accountId) : null;
  }

  /**
   * Uses the code up, in the transaction of what it allows: when that does not come about, the code is still good.
   *
   * @throws AppError 401 INVALID_CODE; 422 when there is none
   */
  async spend(
    tx: Transaction,
    account: AccountRow,
    factor: TotpFactorRow,
    typed: TypedCode | undefined,
    client: Client,
  ): Promise<void> {
    if (typed === undefined) throw invalid([{ field: 'code', message: 'is due: a second factor is on' }]);
    if (typed.kind === 'totp') {
      if (!(await this.spendStep(tx, factor, typed.text))) throw invalidCode();
      return;
    }
    if (!(await this.recoveryCodes.spend(tx, account.id, typed.text))) throw invalidCode();
    await this.note(tx, account, SecurityEventType.RECOVERY_CODE_USED, client);
  }

  /** Whether the code was good; its step and those before it are spent. Of two who send it at once the database lets one. */
  private async spendStep(tx: Transaction, factor: TotpFactorRow, code: string): Promise<boolean> {
    const secret = this.keyring.decrypt(factor.secret, contextOf(factor.id));
    const step = matchingStep(secret, code, this.db.clock.now());
    if (step === undefined) return false;
    const result = await tx.manager
      .createQueryBuilder()
      .update(TotpFactorRow)
      .set({
        lastUsedStep: step,
        ...(this.keyring.needsRotation(factor.secret)
          ? { secret: this.keyring.encrypt(secret, contextOf(factor.id)) }
          : {}),
      })
      .where('id = :id AND (last_used_step IS NULL OR last_used_step < :step)', { id: factor.id, step })
      .execute();
    return affectedRows(result) === 1;
  }

  /** A signed-in user who proved a moment ago who they are. @returns their id */
  private requireOwner(caller: Caller): string {
    const userId = caller.requireUser();
    requireRecent(caller, this.db.clock.now());
    return userId;
  }

  /**
   * The caller's account. The session is asked for in the database: what was revoked a moment ago changes no factor, even
   * where the feed of revocations is late.
   */
  private async lockOwner(tx: Transaction, caller: Caller): Promise<AccountRow> {
    const account = await lockAccount(this.db, tx, caller.requireUser());
    if (account === null || !account.isActive) throw unauthenticated('This account is gone');
    await this.sessions.requireLive(tx, caller);
    return account;
  }

  /** Counts against the account like a wrong password; a right code takes only itself back. */
  private async guess<T>(
    userId: string,
    client: Client,
    work: (tx: Transaction, takeBack: () => Promise<void>) => Promise<T>,
  ): Promise<T> {
    const subjects = await this.throttle.subjectsOf({ id: userId }, '', client.address);
    return this.throttle.counted(subjects, { accountId: userId, client }, () =>
      this.db.transaction(tx => work(tx, () => this.throttle.takeBack(tx, subjects))),
    );
  }

  private async remove(tx: Transaction, accountId: string): Promise<void> {
    await tx.manager.delete(TotpFactorRow, { accountId });
    await this.recoveryCodes.remove(tx, accountId);
  }

  private async note(
    tx: Transaction,
    account: AccountRow,
    type: keyof typeof changes,
    client: Client,
    actorId?: string,
  ): Promise<void> {
    const now = this.db.clock.now();
    const recoveryCodesLeft = await this.recoveryCodes.count(tx.manager, account.id);
    await recordSecurityEvent(tx, now, {
      accountId: account.id,
      type,
      client,
      ...(actorId === undefined ? {} : { actorId }),
      details: { recoveryCodesLeft },
    });
    const data: FactorChanged = {
      ...noticeOf(account, client),
      // Where an administrator sits is not the owner's to know.
      ...(actorId === undefined ? {} : { device: '', address: '' }),
      change: changes[type],
      enabled: type !== SecurityEventType.TOTP_DISABLED,
      recoveryCodesLeft,
      actorId: actorId ?? null,
    };
    await tx.emit({ type: factorChanged, data });
  }
}

const changes = {
  [SecurityEventType.TOTP_ENABLED]: 'enabled',
  [SecurityEventType.TOTP_DISABLED]: 'disabled',
  [SecurityEventType.RECOVERY_CODE_USED]: 'recoveryCodeUsed',
  [SecurityEventType.RECOVERY_CODES_RENEWED]: 'recoveryCodesRenewed',
} as const;

const contextOf = (id: string) => `totp_factors.secret:${id}`;

function alreadyEnabled(): AppError {
  return new AppError(authErrors.TOTP_ALREADY_ENABLED, 'A second factor is on: turn it off first');
}

function notEnabled(): AppError {
  return new AppError(authErrors.TOTP_NOT_ENABLED, 'No second factor is on');
}
