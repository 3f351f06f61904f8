import { loaderById, loaderOfMany } from '../../platform/loader';
import type { RequestContext } from '../../platform/service';
import type { Accounts } from './accounts';
import type { Sessions } from './sessions';
import type { SessionRow } from './tables';

/** What one request has read: a page of users takes one query a kind. */
export class Loaders {
  readonly account;
  readonly sessions;

  constructor(accounts: Accounts, sessions: Sessions) {
    this.account = loaderById(ids => accounts.byIds(ids));
    this.sessions = loaderOfMany(
      (row: SessionRow) => row.accountId,
      ids => sessions.ofAccounts(ids),
    );
  }
}

export interface AuthContext extends RequestContext {
  readonly loaders: Loaders;
}
