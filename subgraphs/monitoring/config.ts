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

export const monitoringSettings = {
  ...commonSettings,
  ...databaseSettings('monitoring'),
  port: portSetting('monitoring'),
} satisfies Settings;

export type MonitoringConfig = Values<typeof monitoringSettings>;

export function readMonitoringConfig(shape: Shape, environment: Environment = process.env): MonitoringConfig {
  const config = readSettings(monitoringSettings, environment);
  requireForShape(shape, config, 'monitoring');
  return config;
}
