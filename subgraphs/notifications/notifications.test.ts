import { roomContract } from '../../platform/testing/room-contract';
import { readNotificationsConfig } from './config';
import { startNotifications } from './main';

roomContract('notifications', readNotificationsConfig, startNotifications);
