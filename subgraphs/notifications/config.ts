import {
  commonSettings,
  databaseSettings,
  type Environment,
  portSetting,
  readSettings,
  requireForShape,
  type Settings,
  type Shape,
  type Values,
} from '../../platform/config';

export const notificationsSettings = {
  ...commonSettings,
  ...databaseSettings('notifications'),
  port: portSetting('notifications'),
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
