import type { Counter } from 'prom-client';
import type { Database, Transaction } from '../../../platform/database/database';
import { AppError, notFound, platformErrors, unauthenticated } from '../../../platform/errors';
import type { Client } from '../../../platform/http/client-address';
import { isUuid } from '../../../platform/ids';
import { type AccessChanged, accessChanged } from '../../../platform/security/access-events';
import type { Caller } from '../../../platform/security/caller';
import { type UserActivationChanged, type UserRolesChanged, userActivationChanged } from '../events';
import type { Passwords } from '../passwords/passwords';
import { actorOf, recordSecurityEvent, SecurityEventType } from '../security-events/security-event';
import type { Sessions, SignedIn } from '../sessions/sessions';
import { AccountRow } from '../tables';
import { administratorRole, insertAccount, newAccount, refuseReserved, taken } from './account-rows';
import type { AccountTokens } from './account-tokens';
import { type NewAccount, validAccount } from './credentials';

const firstRole = 'user';

/** Who has an account, and whether it is open. */
export class Accounts {
  constructor(
    private readonly db: Database,
    private readonly sessions: Sessions,
    private readonly passwords: Passwords,
    private readonly tokens: AccountTokens,
    private readonly registrations: Counter,
  ) {}

  /**
   * Makes an account, signs it in, and has its email verified.
   *
   * @throws AppError 422 with every reason, 409 USERNAME_TAKEN or EMAIL_TAKEN
   */
  async register(input: NewAccount, client: Client): Promise<SignedIn> {
    const { username, email, password } = validAccount(input);
    refuseReserved(username);
    const passwordHash = await this.passwords.inTurn(() => this.passwords.hash(password));
    const account = newAccount(
      { username, email, passwordHash, roles: [firstRole], permissions: [] },
      this.db.clock.now(),
    );
    const tokens = await this.db
      .transaction(async tx => {
        await insertAccount(tx, account);
        await this.tokens.issue(tx, 'verify-email', account);
        return this.sessions.open(tx, account, client, SecurityEventType.REGISTERED);
      })
      .catch(error => {
        throw taken(error);
      });
    this.registrations.inc();
    return { account, tokens };
  }

  /** The caller's own account. */
  async me(caller: Caller): Promise<AccountRow> {
    const [account] = await this.db.rows(AccountRow, 'WHERE id = ?', [caller.requireUser()]);
    if (account === undefined) throw unauthenticated('This account is gone');
    return account;
  }

  byIds(ids: readonly string[]): Promise<AccountRow[]> {
    const known = ids.filter(isUuid);
    return known.length === 0 ? Promise.resolve([]) : this.db.rows(AccountRow, 'WHERE id IN (??)', [known]);
  }

  /**
   * Suspends an account and ends all its sessions. When it answers, every server refuses their tokens.
   *
   * @throws AppError 403 without `users:activate`, 404, 409 for oneself and for the last active administrator
   */
  async deactivate(caller: Caller, userId: string, client: Client): Promise<AccountRow> {
    caller.require('users:activate');
    if (caller.kind === 'user' && caller.id === userId) {
      throw new AppError(platformErrors.OWN_ACCOUNT, 'Nobody can suspend their own account');
    }
    const { account, ended } = await this.db.transaction(async tx => {
      const administrators = await this.lockActiveAdministrators(tx);
      const found = await this.find(tx, userId);
      if (administrators.length === 1 && administrators[0]!.id === found.id) {
        throw new AppError(platformErrors.LAST_ADMINISTRATOR, 'This is the last active administrator');
      }
      await this.setActive(tx, found, false, caller, client);
      return { account: found, ended: await this.sessions.endAll(tx, found.id) };
    });
    await this.sessions.announce(ended);
    return account;
  }

  /** Opens a suspended account again. @throws AppError 403 without `users:activate`, 404 */
  async reactivate(caller: Caller, userId: string, client: Client): Promise<AccountRow> {
    caller.require('users:activate');
    return this.db.transaction(async tx => {
      const account = await this.find(tx, userId);
      await this.setActive(tx, account, true, caller, client);
      return account;
    });
  }

  /** Takes over what users hold now, for the tokens to come, and tells those who verify the tokens that exist. */
  async noteRoles({ changes }: UserRolesChanged, toldAt: number, tx: Transaction): Promise<void> {
    const now = this.db.clock.now();
    // In one order, or two announcements at once would wait for each other.
    for (const { userId, roles, permissions } of [...changes].sort((a, b) =>
      a.userId < b.userId ? -1 : 1,
    )) {
      const { affected } = await tx.manager
        .createQueryBuilder()
        .update(AccountRow)
        .set({
          roles,
          permissions,
          isAdministrator: roles.includes(administratorRole),
          accessChangedAt: now,
          accessToldAt: toldAt,
          version: () => 'version + 1',
        })
        .where('id = :userId AND (access_told_at IS NULL OR access_told_at <= :toldAt)', { userId, toldAt })
        .execute();
      if (affected === 0) continue;
      const data: AccessChanged = { userId, roles, permissions };
      await tx.emit({ type: accessChanged, data });
    }
  }

  private async find(tx: Transaction, userId: string): Promise<AccountRow> {
    const account = isUuid(userId) ? await tx.manager.findOneBy(AccountRow, { id: userId }) : null;
    if (account === null) throw notFound('User');
    return account;
  }

  private async setActive(
    tx: Transaction,
    account: AccountRow,
    isActive: boolean,
    caller: Caller,
    client: Client,
  ): Promise<void> {
    const { affected } = await tx.manager
      .createQueryBuilder()
      .update(AccountRow)
      .set({ isActive, version: () => 'version + 1' })
      .where('id = :id AND is_active <> :isActive', { id: account.id, isActive })
      .execute();
    account.isActive = isActive;
    if (affected === 0) return;
    await recordSecurityEvent(tx, this.db.clock.now(), {
      accountId: account.id,
      type: isActive ? SecurityEventType.REACTIVATED : SecurityEventType.SUSPENDED,
      client,
      ...actorOf(caller, account.id),
    });
    const data: UserActivationChanged = { userId: account.id, isActive };
    await tx.emit({ type: userActivationChanged, data });
  }

  /** Locked, so that of two administrators who suspend each other one stays. */
  private lockActiveAdministrators(tx: Transaction): Promise<AccountRow[]> {
    const query = tx.manager
      .createQueryBuilder(AccountRow, 'account')
      .where('account.isAdministrator = :yes AND account.isActive = :yes', { yes: true })
      .orderBy('account.id');
    if (this.db.kind === 'postgres') query.setLock('pessimistic_write');
    return query.getMany();
  }
}
