import {
  commonSettings,
  databaseSettings,
  type Environment,
  kinds,
  readSettings,
  requireForShape,
  type Settings,
  type Shape,
  setting,
  type Values,
} from '../../platform/config';

export const notificationsSettings = {
  ...commonSettings,
  ...databaseSettings('notifications'),
  port: setting('NOTIFICATIONS_PORT', kinds.port, 'Port of the notifications service', { default: '8003' }),
} satisfies Settings;

export type NotificationsConfig = Values<typeof notificationsSettings>;

export function readNotificationsConfig(
  shape: Shape,
  environment: Environment = process.env,
): NotificationsConfig {
  const config = readSettings(notificationsSettings, environment);
  requireForShape(shape, config, 'notifications');
  return config;
}
