import type { Counter } from 'prom-client';
import type { Database } from '../../../platform/database/database';
import { unauthenticated } from '../../../platform/errors';
import type { Client } from '../../../platform/http/client-address';
import { isUuid } from '../../../platform/ids';
import { type Caller, isSelfOrHolds } from '../../../platform/security/caller';
import type { Passwords } from '../passwords/passwords';
import { SecurityEventType } from '../security-events/security-event';
import type { SignedIn } from '../sessions/session-tokens';
import type { Sessions } from '../sessions/sessions';
import { AccountRow } from '../tables';
import { insertAccount, newAccount, refuseReserved, taken } from './account-rows';
import type { AccountTokens } from './account-tokens';
import { type NewAccount, validAccount } from './credentials';

const firstRole = 'user';

interface Dependencies {
  db: Database;
  sessions: Sessions;
  passwords: Passwords;
  tokens: AccountTokens;
  registrations: Counter;
}

/** Registers accounts and reads them. */
export class Accounts {
  constructor(private readonly deps: Dependencies) {}

  /**
   * Creates an account, opens its first session, and has its email verified.
   *
   * @throws AppError 409 USERNAME_TAKEN, EMAIL_TAKEN; 422 with every reason
   */
  async register(input: NewAccount, client: Client): Promise<SignedIn> {
    const { db, sessions, passwords, tokens, registrations } = this.deps;
    const { username, email, password } = validAccount(input);
    refuseReserved(username);
    const passwordHash = await passwords.inTurn(() => passwords.hash(password));
    const account = newAccount(
      { username, email, passwordHash, roles: [firstRole], permissions: [] },
      db.clock.now(),
    );
    const session = await db
      .transaction(async tx => {
        await insertAccount(tx, account);
        await tokens.issue(tx, 'verify-email', account);
        return sessions.open(tx, account, client, SecurityEventType.REGISTERED);
      })
      .catch(error => {
        throw taken(error);
      });
    registrations.inc();
    return { account, tokens: session };
  }

  /** The caller's own account. @throws AppError 401 */
  async me(caller: Caller): Promise<AccountRow> {
    const [account] = await this.deps.db.rows(AccountRow, 'WHERE id = ?', [caller.requireUser()]);
    if (account === undefined) throw unauthenticated('This account does not exist any more');
    return account;
  }

  /** For a loader. Only the caller's own account, or every account with `users:read`. */
  async byIds(caller: Caller, ids: readonly string[]): Promise<AccountRow[]> {
    const visible = ids.filter(id => isUuid(id) && isSelfOrHolds(caller, id, 'users:read'));
    return visible.length === 0 ? [] : this.deps.db.rows(AccountRow, 'WHERE id IN (??)', [visible]);
  }
}
