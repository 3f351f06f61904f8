import type { LivePubSub } from '../../../platform/events/live-updates';
import type { NotificationRow } from '../tables';

/** The live update of a notification; its topic id is the id of the notification. */
export const deliveryStatusChanged = 'notifications.deliveryStatusChanged';

/** The live update of an inbox; its topic id is the id of the user, its payload the id of the notification. */
export const notificationReceived = 'notifications.notificationReceived';

/** Says to subscribers that a notification has changed. Call it after the commit. */
export class DeliveryUpdates {
  constructor(private readonly pubSub: Pick<LivePubSub, 'publish'>) {}

  changed(id: string): void {
    this.pubSub.publish(deliveryStatusChanged, id, { id });
  }

  received({ id, userId }: Pick<NotificationRow, 'id' | 'userId'>): void {
    this.pubSub.publish(notificationReceived, userId, { id });
  }
}
