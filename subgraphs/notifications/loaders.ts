import { loaderOf } from '../../platform/graphql/loader';
import type { RequestContext } from '../../platform/service';
import type { NotificationHistory } from './sending/notification-history';
import type { AttemptRow } from './tables';

/** The loaders of one request. */
export class Loaders {
  /** The attempts of a notification that the caller may see. */
  readonly attempts;

  constructor(history: NotificationHistory) {
    this.attempts = loaderOf(async (ids): Promise<AttemptRow[][]> => {
      const found = await history.attemptsOf(ids);
      return ids.map(id => found.get(id) ?? []);
    });
  }
}

export interface NotificationsContext extends RequestContext {
  readonly loaders: Loaders;
}
