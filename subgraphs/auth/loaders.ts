import { loaderBy, loaderById, loaderOfMany } from '../../platform/loader';
import type { RequestContext } from '../../platform/service';
import type { Accounts } from './accounts';
import type { Sessions } from './sessions';
import type { SessionRow, TotpFactorRow } from './tables';
import type { TotpFactors } from './totp-factors';

/** What one request has read: a page of users takes one query a kind. */
export class Loaders {
  readonly account;
  readonly sessions;
  /** Those that are on. */
  readonly totpFactor;

  constructor(accounts: Accounts, sessions: Sessions, factors: TotpFactors) {
    this.account = loaderById(ids => accounts.byIds(ids));
    this.sessions = loaderOfMany(
      (row: SessionRow) => row.accountId,
      ids => sessions.ofAccounts(ids),
    );
    this.totpFactor = loaderBy(
      (row: TotpFactorRow) => row.accountId,
      ids => factors.ofAccounts(ids),
    );
  }
}

export interface AuthContext extends RequestContext {
  readonly loaders: Loaders;
}
