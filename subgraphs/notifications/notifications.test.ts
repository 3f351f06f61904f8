import { serviceContract } from '../../platform/testing/service-contract';
import { readNotificationsConfig } from './config';
import { startNotifications } from './main';
import { notificationsContract } from './testing/notifications-contract';

serviceContract('notifications', readNotificationsConfig, startNotifications);
notificationsContract('sqlite', () => undefined);
