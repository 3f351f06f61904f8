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

export const monitoringSettings = {
  ...commonSettings,
  ...databaseSettings('monitoring'),
  port: setting('MONITORING_PORT', kinds.port, 'Port of the monitoring service', { default: '8005' }),
} satisfies Settings;

export type MonitoringConfig = Values<typeof monitoringSettings>;

export function readMonitoringConfig(shape: Shape, environment: Environment = process.env): MonitoringConfig {
  const config = readSettings(monitoringSettings, environment);
  requireForShape(shape, config, 'monitoring');
  return config;
}
