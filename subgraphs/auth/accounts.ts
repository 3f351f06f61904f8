import { In } from 'typeorm';
import type { Caller } from '../../platform/caller';
import type { Client } from '../../platform/client';
import type { Clock } from '../../platform/clock';
import { type Database, type Transaction, uniqueViolation } from '../../platform/database';
import { AppError, conflict, notFound, unauthenticated } from '../../platform/errors';
import { isUuid, uuidv7 } from '../../platform/ids';
import type { OutboxRelay } from '../../platform/outbox';
import { type AccessChanged, accessChanged } from '../../platform/revocations';
import { longestAccessToken, type TokenVerifier } from '../../platform/tokens';
import {
  type UserActivationChanged,
  type UserRegistered,
  type UserRolesChanged,
  userActivationChanged,
  userRegistered,
} from './events';
import { checkRegistration, isLookupText, keyOf, type Registration } from './input';
import { type LoginThrottle, throttleId } from './login-throttle';
import type { Passwords } from './passwords';
import type { Sessions, Tokens } from './sessions';
import { AccountRow, SessionRow } from './tables';

export interface SignedIn extends Tokens {
  account: AccountRow;
}

export interface TokenState {
  active: boolean;
  userId: string | null;
  roles: readonly string[];
  permissions: readonly string[];
  expiresAt: Date | null;
  /** Why it is not active. */
  reason: string | null;
}

export type LoginOutcome = 'success' | 'failure' | 'throttled';

const freePerAccount = 5;
const freePerAddress = 50;

/** Those who can log in: their names, passwords, and whether they may. */
export class Accounts {
  constructor(
    private readonly database: Database,
    private readonly relay: OutboxRelay,
    private readonly passwords: Passwords,
    private readonly throttle: LoginThrottle,
    private readonly sessions: Sessions,
    private readonly tokens: Pick<TokenVerifier, 'verify'>,
    private readonly clock: Clock,
    private readonly count: { registered(): void; loggedIn(outcome: LoginOutcome): void },
  ) {}

  /** @throws AppError 422 naming every field, 409 USERNAME_TAKEN, EMAIL_TAKEN */
  async register(client: Client, input: Registration): Promise<SignedIn> {
    const account = await this.draft(input, ['user'], []);
    const session = await this.insert(account, tx => this.sessions.open(tx, account, client));
    this.count.registered();
    return { account, ...(await this.sessions.tokensOf(account, session)) };
  }

  /** Makes an administrator. @throws as `register` */
  async registerAdministrator(input: Registration): Promise<AccountRow> {
    const account = await this.draft(input, ['administrator'], ['*']);
    await this.insert(account, async () => undefined);
    return account;
  }

  async hasAdministrator(): Promise<boolean> {
    return this.database.read.existsBy(AccountRow, { isAdministrator: true });
  }

  /**
   * Logs in by username or email. A wrong name and a wrong password get the same answer after the same time.
   *
   * @throws AppError 401 INVALID_CREDENTIALS, 429 TOO_MANY_ATTEMPTS
   */
  async logIn(client: Client, input: { username: string; password: string }): Promise<SignedIn> {
    const account = await this.find(input.username);
    const subject = {
      id: await this.throttleIdOf(account, input.username, client),
      free: freePerAccount,
    };
    const address = { id: throttleId('address', client.address), free: freePerAddress };
    try {
      await this.throttle.reserve([subject, address]);
    } catch (error) {
      if (error instanceof AppError && error.status === 429) this.count.loggedIn('throttled');
      throw error;
    }
    const isRight =
      account === null
        ? await this.passwords.verifyNothing(input.password)
        : await this.passwords.verify(input.password, account.passwordHash);
    if (account === null || !isRight || !account.isActive) {
      this.count.loggedIn('failure');
      throw unauthenticated('Wrong username or password', 'INVALID_CREDENTIALS');
    }
    await this.throttle.release(subject, address);
    const hash = this.passwords.isOutdated(account.passwordHash)
      ? await this.passwords.hash(input.password)
      : account.passwordHash;
    account.lastLogin = this.clock.now();
    const session = await this.database.transaction(async tx => {
      await tx.manager.update(
        AccountRow,
        { id: account.id, passwordHash: account.passwordHash },
        { lastLogin: account.lastLogin, passwordHash: hash },
      );
      return this.sessions.open(tx, account, client);
    });
    this.count.loggedIn('success');
    return { account, ...(await this.sessions.tokensOf(account, session)) };
  }

  /** What is known of a token: what it says, and whether its session and account still stand behind it. */
  async validate(token: string): Promise<TokenState> {
    try {
      const claims = await this.tokens.verify(token);
      const [account] = await this.byIds([claims.sub]);
      if (account === undefined || !account.isActive) return inactive('ACCOUNT_INACTIVE');
      if (!(await this.sessions.isActive(claims.sid))) return inactive('TOKEN_REVOKED');
      return {
        active: true,
        userId: account.id,
        roles: account.roles,
        permissions: account.permissions,
        expiresAt: new Date(claims.exp * 1000),
        reason: null,
      };
    } catch (error) {
      if (error instanceof AppError && error.status === 401) return inactive(error.code);
      throw error;
    }
  }

  /** The caller's own account. */
  async me(caller: Caller): Promise<AccountRow> {
    const [account] = await this.byIds([caller.requireUser()]);
    if (account === undefined) throw unauthenticated('This account does not exist any more', 'TOKEN_REVOKED');
    return account;
  }

  /** Whether the caller may see that user's account at all. */
  maySee(caller: Caller, userId: string): boolean {
    return caller.id === userId || caller.has('users:read');
  }

  async byIds(ids: readonly string[]): Promise<AccountRow[]> {
    const known = ids.filter(isUuid);
    return known.length === 0 ? [] : this.database.read.findBy(AccountRow, { id: In(known) });
  }

  /**
   * Suspends an account or lets it in again. A suspended one's sessions end everywhere at once.
   *
   * @throws AppError 403, 404, 409 OWN_ACCOUNT, LAST_ADMINISTRATOR
   */
  async setActive(caller: Caller, id: string, isActive: boolean): Promise<AccountRow> {
    caller.require('users:activate');
    if (caller.id === id) throw conflict('OWN_ACCOUNT', 'Nobody suspends their own account');
    const account = await this.database.transaction(async tx => {
      // Locks the administrators, so that two who suspend each other at the same moment do not both succeed.
      await tx.manager.update(AccountRow, { isAdministrator: true }, { isAdministrator: true });
      const found = isUuid(id) ? await tx.manager.findOneBy(AccountRow, { id }) : null;
      if (found === null) throw notFound('User');
      if (found.isActive === isActive) return found;
      if (!isActive && found.isAdministrator) {
        const left = await tx.manager.countBy(AccountRow, { isAdministrator: true, isActive: true });
        if (left <= 1) throw conflict('LAST_ADMINISTRATOR', 'The last administrator stays');
      }
      await tx.manager.update(AccountRow, { id }, { isActive });
      const data: UserActivationChanged = { userId: id, isActive };
      await tx.emit({ type: userActivationChanged, data });
      if (!isActive) await this.sessions.endAll(tx, id);
      return { ...found, isActive };
    });
    await this.relay.flush();
    return account;
  }

  /** Notes what the users service decided, and tells every server that checks tokens signed before. */
  async noteRoles({ changes }: UserRolesChanged, decidedAt: number, tx: Transaction): Promise<void> {
    for (const { userId, roles, permissions } of changes) {
      const account = await tx.manager.findOneBy(AccountRow, { id: userId });
      if (account === null || (account.accessChangedAt ?? 0) > decidedAt) continue;
      await tx.manager.update(
        AccountRow,
        { id: userId },
        { roles, permissions, accessChangedAt: decidedAt, isAdministrator: roles.includes('administrator') },
      );
      if (sameItems(account.roles, roles) && sameItems(account.permissions, permissions)) continue;
      const data: AccessChanged = { userId, roles, permissions };
      await tx.emit({ type: accessChanged, data });
    }
  }

  /** Changes of the last hour, for a bus that forgot them with its process. */
  async recentlyChanged(): Promise<{ at: number; changed: AccessChanged }[]> {
    const rows = await this.database.read
      .createQueryBuilder(AccountRow, 'account')
      .where('account.accessChangedAt > :since', { since: this.clock.now() - longestAccessToken * 1000 })
      .limit(20_000)
      .getMany();
    return rows.map(({ id, roles, permissions, accessChangedAt }) => ({
      at: accessChangedAt ?? 0,
      changed: { userId: id, roles, permissions },
    }));
  }

  private async draft(input: Registration, roles: string[], permissions: string[]): Promise<AccountRow> {
    const { username, email, password } = checkRegistration(input);
    const now = this.clock.now();
    return Object.assign(new AccountRow(), {
      id: uuidv7(now),
      username,
      usernameKey: keyOf(username),
      email,
      emailKey: keyOf(email),
      passwordHash: await this.passwords.hash(password),
      isActive: true,
      createdAt: now,
      lastLogin: null,
      roles,
      permissions,
      accessChangedAt: null,
      isAdministrator: roles.includes('administrator'),
    });
  }

  private async insert<T>(account: AccountRow, inside: (tx: Transaction) => Promise<T>): Promise<T> {
    try {
      return await this.database.transaction(async tx => {
        await tx.manager.insert(AccountRow, account);
        const { id, username, email, isActive, createdAt, roles } = account;
        const data: UserRegistered = { userId: id, username, email, isActive, createdAt, roles };
        await tx.emit({ type: userRegistered, data });
        return inside(tx);
      });
    } catch (error) {
      const columns = uniqueViolation(error);
      if (columns?.includes('username_key')) throw conflict('USERNAME_TAKEN', 'That username is taken');
      if (columns?.includes('email_key'))
        throw conflict('EMAIL_TAKEN', 'That email address is already registered');
      throw error;
    }
  }

  private async find(name: string): Promise<AccountRow | null> {
    if (!isLookupText(name)) return null;
    const key = keyOf(name);
    return this.database.read.findOneBy(
      AccountRow,
      key.includes('@') ? { emailKey: key } : { usernameKey: key },
    );
  }

  /** A place the owner has logged in from is counted by itself: strangers who guess cannot keep the owner out. */
  private async throttleIdOf(account: AccountRow | null, name: string, client: Client): Promise<string> {
    if (account === null) return throttleId('name', keyOf(name));
    const { address } = client;
    const isKnown = await this.database.read.existsBy(SessionRow, { accountId: account.id, address });
    return isKnown ? throttleId('account', account.id, address) : throttleId('account', account.id);
  }
}

function inactive(reason: string): TokenState {
  return { active: false, userId: null, roles: [], permissions: [], expiresAt: null, reason };
}

function sameItems(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((item, index) => item === right[index]);
}
