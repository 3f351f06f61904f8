import {
  commonSettings,
  databaseSettings,
  type Environment,
  kinds,
  portSetting,
  readAll,
  readSettings,
  requireForShape,
  type Settings,
  type Shape,
  setting,
  tlsSettings,
  type Values,
} from '../../platform/config';
import { encryptionSettings, requireKeys } from '../../platform/security/keyring-settings';

export const monitoringSettings = {
  ...commonSettings,
  ...databaseSettings('monitoring'),
  ...tlsSettings('monitoring'),
  port: portSetting('monitoring'),
  ...encryptionSettings,
  logRetentionDays: setting(
    'LOG_RETENTION_DAYS',
    kinds.whole(1, 3_650, ' days'),
    'Days after which log entries are deleted',
    { default: '7' },
  ),
  logRetentionBytes: setting(
    'LOG_RETENTION_BYTES',
    kinds.whole(1024 * 1024, 2 ** 49),
    'Bytes that the log may take; the oldest hours are deleted first',
    { default: String(5 * 1024 ** 3) },
  ),
  traceRetentionDays: setting(
    'TRACE_RETENTION_DAYS',
    kinds.whole(1, 365, ' days'),
    'Days after which the spans of traces are deleted',
    { default: '3' },
  ),
  maxSpans: setting(
    'TRACE_MAX_SPANS',
    kinds.whole(1_000, 100_000_000),
    'Spans that are kept; the oldest are deleted first',
    { default: '500000' },
  ),
  logPendingBytes: setting(
    'LOG_PENDING_BYTES',
    kinds.whole(1024, 2 ** 32),
    'Bytes of log entries that may wait to be stored; more are refused with 429',
    { default: String(64 * 1024 ** 2) },
  ),
} satisfies Settings;

export type MonitoringConfig = Values<typeof monitoringSettings>;

/** @throws ConfigError with a line for each variable that is wrong, or missing in this shape */
export function readMonitoringConfig(shape: Shape, environment: Environment = process.env): MonitoringConfig {
  const config = readSettings(monitoringSettings, environment);
  readAll({
    shape: () => requireForShape(shape, config, 'monitoring'),
    keys: () => requireKeys(shape, config, 'monitoring'),
  });
  return config;
}
