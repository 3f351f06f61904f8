import type DataLoader from 'dataloader';
import { loaderById } from '../../platform/loader';
import type { RequestContext } from '../../platform/service';
import type { Accounts } from './accounts';
import type { AccountRow } from './tables';

/** What one request has loaded. */
export class Loaders {
  readonly account: DataLoader<string, AccountRow | null>;

  constructor(accounts: Accounts) {
    this.account = loaderById(ids => accounts.byIds(ids));
  }
}

export interface AuthContext extends RequestContext {
  readonly loaders: Loaders;
}
