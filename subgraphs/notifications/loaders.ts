import { loaderOf } from '../../platform/graphql/loader';
import type { RequestContext } from '../../platform/service';
import type { Notifications } from './sending/notifications';
import type { AttemptRow } from './tables';

/** The loaders of one request. */
export class Loaders {
  /** The attempts of a notification that the caller may see. */
  readonly attempts;

  constructor(notifications: Notifications) {
    this.attempts = loaderOf(async (ids): Promise<AttemptRow[][]> => {
      const found = await notifications.attemptsOf(ids);
      return ids.map(id => found.get(id) ?? []);
    });
  }
}

export interface NotificationsContext extends RequestContext {
  readonly loaders: Loaders;
}
