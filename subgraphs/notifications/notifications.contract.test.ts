import { notificationsContract } from './testing/notifications-contract';

notificationsContract();
