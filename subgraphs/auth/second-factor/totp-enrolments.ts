import type { Database } from '../../../platform/database/database';
import type { Transaction } from '../../../platform/database/transaction';
import { AppError, notFound, platformErrors, unauthenticated } from '../../../platform/errors';
import type { Client } from '../../../platform/http/client-address';
import { isUuid, uuidv7 } from '../../../platform/ids';
import { type Caller, isSelf, requireAuthorityOver, requireRecent } from '../../../platform/security/caller';
import { lockAccount, permissionsHeldBy } from '../accounts/account-rows';
import { authErrors } from '../errors';
import { SecurityEventType } from '../security-events/security-event';
import type { SessionRevocations } from '../sessions/session-revocations';
import type { Sessions } from '../sessions/sessions';
import type { LoginThrottle } from '../sign-in/login-throttle';
import { type AccountRow, TotpFactorRow } from '../tables';
import { newTotpSecret, readCode, totpUri } from './one-time-codes';
import type { RecoveryCodes } from './recovery-codes';
import type { TotpFactors } from './totp-factors';

interface Dependencies {
  db: Database;
  factors: TotpFactors;
  recoveryCodes: RecoveryCodes;
  sessions: Sessions;
  revocations: SessionRevocations;
  throttle: LoginThrottle;
  /** The name of the installation in authenticator apps. */
  issuer: string;
}

/**
 * Enables and disables second factors. Every change needs a sign-in of the last ten minutes and a live session.
 *
 * Enabling ends the caller's other sessions, because a password alone opened them. Disabling ends no session.
 */
export class TotpEnrolments {
  constructor(private readonly deps: Dependencies) {}

  /**
   * Makes a new secret for the caller's app and replaces one that was not confirmed. Nothing changes until `confirm`.
   *
   * @throws AppError 401 REAUTHENTICATION_REQUIRED; 409 TOTP_ALREADY_ENABLED
   */
  async enrol(caller: Caller): Promise<{ secret: string; uri: string }> {
    this.requireRecentUser(caller);
    const { db, factors, issuer } = this.deps;
    const now = db.clock.now();
    const secret = newTotpSecret();
    const account = await db.transaction(async tx => {
      const owner = await this.lockOwner(tx, caller);
      if (await factors.isEnabled(tx.manager, owner.id)) throw alreadyEnabled();
      await tx.manager.delete(TotpFactorRow, { accountId: owner.id });
      const id = uuidv7(now);
      await tx.manager.insert(TotpFactorRow, {
        id,
        accountId: owner.id,
        secret: factors.encryptSecret(secret, id),
        createdAt: now,
        confirmedAt: null,
        lastUsedStep: null,
      });
      return owner;
    });
    return { secret, uri: totpUri(secret, issuer, account.username) };
  }

  /**
   * Enables the factor with a first code of the app, and ends the caller's other sessions.
   *
   * @returns the recovery codes, which cannot be shown again
   * @throws AppError 401 INVALID_CODE, REAUTHENTICATION_REQUIRED; 409 TOTP_NOT_ENROLLED, TOTP_ALREADY_ENABLED; 422; 429
   */
  async confirm(caller: Caller, text: string, client: Client): Promise<string[]> {
    const userId = this.requireRecentUser(caller);
    const code = readCode(text);
    const { db, factors, recoveryCodes, revocations } = this.deps;
    const { codes, revoked } = await this.throttled(userId, client, async (tx, refund) => {
      const account = await this.lockOwner(tx, caller);
      const factor = await tx.manager.findOneBy(TotpFactorRow, { accountId: account.id });
      if (factor === null) throw new AppError(authErrors.TOTP_NOT_ENROLLED, 'Begin with enrolTotp');
      if (factor.confirmedAt !== null) throw alreadyEnabled();
      await factors.verifyTotp(tx, factor, code);
      await refund();
      const now = db.clock.now();
      await tx.manager.update(TotpFactorRow, { id: factor.id }, { confirmedAt: now });
      const issued = await recoveryCodes.issue(tx, account.id, now);
      await factors.recordChange(tx, account, SecurityEventType.TOTP_ENABLED, client);
      return { codes: issued, revoked: await revocations.endAll(tx, account.id, caller.sessionId) };
    });
    // The codes are shown only in this answer, so a bus that does not answer must not turn it into an error.
    revocations.applyLocally(revoked);
    return codes;
  }

  /**
   * Disables the factor, with a code of the app or a recovery code.
   *
   * @throws AppError 401 INVALID_CODE, REAUTHENTICATION_REQUIRED; 409 TOTP_NOT_ENABLED; 422; 429
   */
  async disable(caller: Caller, text: string, client: Client): Promise<AccountRow> {
    const userId = this.requireRecentUser(caller);
    const code = readCode(text);
    const { factors } = this.deps;
    return this.throttled(userId, client, async (tx, refund) => {
      const account = await this.lockOwner(tx, caller);
      const factor = await factors.active(tx.manager, account.id);
      if (factor === null) throw notEnabled();
      await factors.verify(tx, account, factor, code, client);
      await refund();
      await factors.remove(tx, account.id);
      await factors.recordChange(tx, account, SecurityEventType.TOTP_DISABLED, client);
      return account;
    });
  }

  /**
   * Issues ten new recovery codes and invalidates the old ones.
   *
   * @returns the codes, which cannot be shown again
   * @throws AppError 401 REAUTHENTICATION_REQUIRED; 409 TOTP_NOT_ENABLED
   */
  async renewRecoveryCodes(caller: Caller, client: Client): Promise<string[]> {
    this.requireRecentUser(caller);
    const { db, factors, recoveryCodes } = this.deps;
    return db.transaction(async tx => {
      const account = await this.lockOwner(tx, caller);
      if (!(await factors.isEnabled(tx.manager, account.id))) throw notEnabled();
      const codes = await recoveryCodes.issue(tx, account.id, db.clock.now());
      await factors.recordChange(tx, account, SecurityEventType.RECOVERY_CODES_RENEWED, client);
      return codes;
    });
  }

  /**
   * Disables the factor of a user who lost the app and the recovery codes, and ends all sessions of that user.
   *
   * @throws AppError 401 REAUTHENTICATION_REQUIRED; 403 without `users:reset-factors`, and for an account with more permissions than the caller; 404; 409 OWN_ACCOUNT,
   * TOTP_NOT_ENABLED; 503 as `SessionRevocations.prepare`
   */
  async reset(caller: Caller, userId: string, client: Client): Promise<AccountRow> {
    caller.require('users:reset-factors');
    const { db, factors, revocations } = this.deps;
    requireRecent(caller, db.clock.now());
    if (isSelf(caller, userId)) {
      throw new AppError(platformErrors.OWN_ACCOUNT, 'Disable your own factor with disableTotp');
    }
    await revocations.prepare();
    const { account, revoked } = await db.transaction(async tx => {
      const found = isUuid(userId) ? await lockAccount(db, tx, userId) : null;
      if (found === null) throw notFound('User');
      requireAuthorityOver(caller, found.id, permissionsHeldBy(found));
      if (!(await factors.isEnabled(tx.manager, found.id))) throw notEnabled();
      await factors.remove(tx, found.id);
      await factors.recordChange(tx, found, SecurityEventType.TOTP_DISABLED, client, caller.id);
      return { account: found, revoked: await revocations.endAll(tx, found.id) };
    });
    await revocations.publish(revoked);
    return account;
  }

  /** @returns the id of the caller, a user with a recent sign-in */
  private requireRecentUser(caller: Caller): string {
    const userId = caller.requireUser();
    requireRecent(caller, this.deps.db.clock.now());
    return userId;
  }

  /** The caller's account. The session is read from the database, because the revocation feed may be late. */
  private async lockOwner(tx: Transaction, caller: Caller): Promise<AccountRow> {
    const account = await lockAccount(this.deps.db, tx, caller.requireUser());
    if (account === null || !account.isActive) throw unauthenticated('This account does not exist any more');
    await this.deps.sessions.requireLive(tx, caller);
    return account;
  }

  /** A wrong code counts against the account like a wrong password; a right code only takes back its own count. */
  private async throttled<T>(
    userId: string,
    client: Client,
    work: (tx: Transaction, refund: () => Promise<void>) => Promise<T>,
  ): Promise<T> {
    const { db, throttle } = this.deps;
    const counters = await throttle.countersOfAccount(userId, client.address);
    return throttle.guard(counters, { accountId: userId, client }, () =>
      db.transaction(tx => work(tx, () => throttle.refund(tx, counters))),
    );
  }
}

function alreadyEnabled(): AppError {
  return new AppError(authErrors.TOTP_ALREADY_ENABLED, 'The account has a second factor: disable it first');
}

function notEnabled(): AppError {
  return new AppError(authErrors.TOTP_NOT_ENABLED, 'The account has no second factor');
}
