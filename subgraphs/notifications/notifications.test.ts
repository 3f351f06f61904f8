import { serviceContract } from '../../platform/testing/service-contract';
import { readNotificationsConfig } from './config';
import { startNotifications } from './main';

serviceContract('notifications', readNotificationsConfig, startNotifications);
