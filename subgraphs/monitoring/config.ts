import {
  addressSettings,
  commonSettings,
  configuredSubgraphs,
  databaseSettings,
  portSetting,
  requireForShape,
  tlsSettings,
} from '../../platform/common-settings';
import {
  type Environment,
  kinds,
  optionalSetting,
  readAll,
  readSettings,
  type Settings,
  type Shape,
  setting,
  type Values,
} from '../../platform/config';
import { encryptionSettings, requireKeys } from '../../platform/security/keyring-settings';
import { isEmail } from './alerts/rule-input';

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
  watchInterval: setting(
    'WATCH_INTERVAL',
    kinds.seconds(1, 300),
    'Seconds between two rounds in which every service is probed and its metrics are read',
    { default: '15' },
  ),
  watchTimeout: setting(
    'WATCH_TIMEOUT',
    kinds.whole(10, 30_000, ' milliseconds'),
    'Milliseconds after which a probe without an answer has failed',
    { default: '2000' },
  ),
  alertEmails: setting(
    'ALERT_EMAILS',
    kinds.list.refine(list => list.every(isEmail), 'must be email addresses separated by commas'),
    'Email addresses, separated by commas, that get the alerts of rules that name none',
    { default: '', example: 'ops@example.com' },
  ),
  alertRulesFile: optionalSetting(
    'ALERT_RULES_FILE',
    kinds.text,
    'YAML file of alert rules, read at the start',
    { example: '/etc/plinth/alert-rules.yaml' },
  ),
  gatewayUrl: optionalSetting(
    'GATEWAY_URL',
    kinds.url,
    'URL of the gateway for probes and metrics. 127.0.0.1:GATEWAY_PORT when unset, over HTTPS with GATEWAY_TLS_CERT_FILE: then the certificate must be for 127.0.0.1',
    { example: 'http://gateway:8000' },
  ),
  gatewayCertFile: tlsSettings('gateway').tlsCertFile,
  gatewayPort: setting('GATEWAY_PORT', kinds.port, 'Port of the gateway', { default: '8000' }),
} satisfies Settings;

export interface MonitoringConfig extends Values<typeof monitoringSettings> {
  /** Server → its base URL: every subgraph of rover.yaml but this one, and the gateway. */
  readonly targets: Readonly<Record<string, string>>;
}

/** @throws ConfigError with a line for each variable that is wrong, or missing in this shape */
export function readMonitoringConfig(shape: Shape, environment: Environment = process.env): MonitoringConfig {
  const subgraphs = configuredSubgraphs();
  const { config, places } = readAll({
    config: () => readSettings(monitoringSettings, environment),
    places: () => readSettings(addressSettings(subgraphs), environment),
  });
  readAll({
    shape: () => requireForShape(shape, config, 'monitoring'),
    keys: () => requireKeys(shape, config, 'monitoring'),
  });
  const others = subgraphs.filter(({ name }) => name !== 'monitoring');
  const urls = others.map(({ name, routingUrl }) => {
    const port = places[`${name}Port`];
    const local = typeof port === 'number' ? `http://127.0.0.1:${port}` : routingUrl;
    return [name, String(places[`${name}Url`] ?? local)] as const;
  });
  const scheme = config.gatewayCertFile === undefined ? 'http' : 'https';
  const gateway = config.gatewayUrl ?? `${scheme}://127.0.0.1:${config.gatewayPort}`;
  return { ...config, targets: { gateway, ...Object.fromEntries(urls) } };
}
