import type { Page, PageRequest } from '../../platform/database/keyset';
import { type Loader, loaderById, loaderOf, loaderOfMany } from '../../platform/graphql/loader';
import type { Caller } from '../../platform/security/caller';
import type { RequestContext } from '../../platform/service';
import type { AuthDomain } from './domain';
import type { SecurityEventRow, SessionRow } from './tables';

/** The loaders of one request. The domain leaves out the rows that the caller may not read. */
export class Loaders {
  readonly account;
  readonly sessions;
  /** Null where the caller may not know. */
  readonly totpEnabled;
  private readonly securityEventPages = new Map<string, Loader<Page<SecurityEventRow>>>();

  constructor(
    private readonly domain: Pick<AuthDomain, 'accounts' | 'sessions' | 'factors' | 'securityEvents'>,
    private readonly caller: Caller,
  ) {
    const { accounts, sessions, factors } = domain;
    this.account = loaderById(ids => accounts.byIds(caller, ids));
    this.sessions = loaderOfMany(
      (row: SessionRow) => row.accountId,
      ids => sessions.ofAccounts(caller, ids),
    );
    this.totpEnabled = loaderOf<boolean | null>(async ids => {
      const enabled = await factors.enabledOf(caller, ids);
      return ids.map(id => enabled.get(id) ?? null);
    });
  }

  /** One page of an account's security events. The same field of several users is read in one batch. */
  securityEventsOf(accountId: string, request: PageRequest): Promise<Page<SecurityEventRow>> {
    const key = JSON.stringify([request.first, request.after]);
    let pages = this.securityEventPages.get(key);
    if (pages === undefined) {
      pages = loaderOf(ids => this.domain.securityEvents.pagesOf(this.caller, ids, request), 100);
      this.securityEventPages.set(key, pages);
    }
    return pages.load(accountId);
  }
}

export interface AuthContext extends RequestContext {
  readonly loaders: Loaders;
}
