import type { Page, PageRequest } from '../../platform/database/page';
import { type Loader, loaderBy, loaderById, loaderOf, loaderOfMany } from '../../platform/graphql/loader';
import type { RequestContext } from '../../platform/service';
import type { Accounts } from './accounts/accounts';
import type { TotpFactors } from './second-factor/totp-factors';
import type { SecurityEvents } from './security-events/security-events';
import type { Sessions } from './sessions/sessions';
import type { SecurityEventRow, SessionRow, TotpFactorRow } from './tables';

/** What one request has read: a page of users takes one query a kind. */
export class Loaders {
  readonly account;
  readonly sessions;
  /** Those that are on. */
  readonly totpFactor;
  private readonly securityEventPages = new Map<string, Loader<Page<SecurityEventRow>>>();

  constructor(
    accounts: Accounts,
    sessions: Sessions,
    factors: TotpFactors,
    private readonly securityEvents: SecurityEvents,
  ) {
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

  /** A page of somebody's trail; those of one field over many users are read together. */
  securityEventsOf(accountId: string, request: PageRequest): Promise<Page<SecurityEventRow>> {
    const key = JSON.stringify([request.first, request.after]);
    let pages = this.securityEventPages.get(key);
    if (pages === undefined) {
      pages = loaderOf(ids => this.securityEvents.pagesOf(ids, request), 100);
      this.securityEventPages.set(key, pages);
    }
    return pages.load(accountId);
  }
}

export interface AuthContext extends RequestContext {
  readonly loaders: Loaders;
}
