import {
  ConfigError,
  kinds,
  missing,
  optionalSetting,
  type Setting,
  type Settings,
  type Shape,
  setting,
} from './config';
import { type ListedSubgraph, listSubgraphs, variablePrefix } from './subgraph-list';

/** The settings that every one of the six servers has. */
export const commonSettings = {
  host: setting('HOST', kinds.text, 'Address the servers listen on', { default: '127.0.0.1' }),
  dataDir: setting(
    'DATA_DIR',
    kinds.text,
    'Folder of the SQLite files, and of the encryption key that is made when none is set',
    {
      default: '.data',
    },
  ),
  logLevel: setting(
    'LOG_LEVEL',
    kinds.level,
    'Least severe level that is logged. Warnings and errors are written at once. Other lines are written at the end of a turn of the event loop, so a process that is killed can lose the last ones',
    { default: 'info' },
  ),
  logFormat: optionalSetting(
    'LOG_FORMAT',
    kinds.oneOf('json', 'pretty'),
    'Format of the log. json: one object a line. pretty: one line for people. When unset: pretty in a terminal, otherwise json',
  ),
  otlpEndpoint: optionalSetting(
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    kinds.url,
    'OpenTelemetry collector that spans are sent to, by OTLP over HTTP at `/v1/traces` below this URL. No spans are recorded when unset',
    { example: 'http://localhost:4318' },
  ),
  otlpHeaders: optionalSetting(
    'OTEL_EXPORTER_OTLP_HEADERS',
    kinds.headers,
    'Headers of the requests to the collector: name=value, separated by commas, values percent-encoded',
    { secret: true, example: 'x-api-key=secret' },
  ),
  traceSampleRatio: setting(
    'OTEL_TRACES_SAMPLER_ARG',
    kinds.ratio,
    'Part of the traces that is recorded, from 0 to 1. Spans of errors and of requests that take a second or more are always recorded',
    { default: '1' },
  ),
  redisUrl: optionalSetting(
    'REDIS_URL',
    kinds.redisUrl,
    'Redis for events and live updates. Required when a service runs in its own process',
    {
      secret: true,
      example: 'redis://localhost:6379',
    },
  ),
  tokenIssuer: setting('TOKEN_ISSUER', kinds.text, 'Issuer (`iss`) of access tokens', {
    default: 'https://plinth.local',
  }),
  tokenAudience: setting('TOKEN_AUDIENCE', kinds.text, 'Audience (`aud`) of access tokens', {
    default: 'plinth',
  }),
  trustedProxies: setting(
    'TRUSTED_PROXIES',
    kinds.networks,
    'IP addresses and networks (CIDR), separated by commas, whose `x-forwarded-for` is believed. Those of a service include the gateway’s. None by default; loopback where all runs in one process',
    { default: '', example: '10.0.0.0/8' },
  ),
  authUrl: optionalSetting(
    'AUTH_URL',
    kinds.url,
    'URL of the auth service. http://127.0.0.1:AUTH_PORT when unset',
    {
      example: 'http://auth:8001',
    },
  ),
  authPort: portSetting('auth'),
  serviceCaFile: optionalSetting(
    'SERVICE_TLS_CA_FILE',
    kinds.text,
    'PEM file of the authorities that signed the certificates of services, beside those that every client trusts',
    { example: '/etc/plinth/tls/ca.pem' },
  ),
  serviceCertFile: optionalSetting(
    'SERVICE_TLS_CERT_FILE',
    kinds.text,
    'PEM file of the client certificate that this process shows to services that ask for one (mTLS). It is read again when it changes',
    { example: '/etc/plinth/tls/client.pem' },
  ),
  serviceKeyFile: optionalSetting(
    'SERVICE_TLS_KEY_FILE',
    kinds.text,
    'PEM file of the private key of SERVICE_TLS_CERT_FILE',
    { example: '/etc/plinth/tls/client.key' },
  ),
  logShipping: setting(
    'LOG_SHIPPING',
    kinds.onOff,
    'Whether the lines of the log are stored in the monitoring service too. A server in a process of its own needs ENCRYPTION_KEYS for it, and MONITORING_URL or MONITORING_PORT',
    { default: 'on' },
  ),
  monitoringUrl: optionalSetting(
    'MONITORING_URL',
    kinds.url,
    'URL of the monitoring service. http://127.0.0.1:MONITORING_PORT when unset',
    { example: 'http://monitoring:8005' },
  ),
  monitoringPort: portSetting('monitoring'),
  instanceUrl: optionalSetting(
    'INSTANCE_URL',
    kinds.url,
    'URL of the GraphQL of this instance, as the registry tells it to gateways. For one service in its own process; its address and port when unset',
    { example: 'http://10.0.0.7:8002/graphql' },
  ),
  instanceZone: setting(
    'INSTANCE_ZONE',
    kinds.text,
    'Data centre or availability zone of this process. Services register it; the gateway prefers instances of its own zone',
    {
      default: '',
      example: 'eu-1a',
    },
  ),
  shutdownGrace: setting(
    'SHUTDOWN_GRACE',
    kinds.seconds(0, 300),
    'Seconds in which requests in progress may finish when the process is stopped',
    {
      default: '10',
    },
  ),
} satisfies Settings;

/** The subgraphs of rover.yaml. @throws ConfigError when the file is not such a list */
export function configuredSubgraphs(): ListedSubgraph[] {
  try {
    return listSubgraphs();
  } catch (error) {
    throw new ConfigError((error instanceof Error ? error.message : String(error)).split('\n'));
  }
}

/** The port of a service; the one in rover.yaml when unset. */
export function portSetting(service: string): Setting<number> {
  return setting(`${variablePrefix(service)}_PORT`, kinds.port, `Port of the ${service} service`, {
    default: () => {
      const port = configuredSubgraphs().find(({ name }) => name === service)?.port;
      if (port === undefined) throw new ConfigError([`rover.yaml has no subgraph ${service} with a port`]);
      return String(port);
    },
  });
}

/** The URL of another service. @param fallback the URL when the variable is unset, as its description shows it */
export function serviceUrlSetting(
  service: string,
  example: string,
  fallback = `http://127.0.0.1:${variablePrefix(service)}_PORT`,
): Setting<string | undefined> {
  return optionalSetting(
    `${variablePrefix(service)}_URL`,
    kinds.url,
    `Where the ${service} service is reached; ${fallback} when unset`,
    { example },
  );
}

/** Where other servers find each subgraph of rover.yaml: `<NAME>_URL`, and `<NAME>_PORT` if its routing URL has a port. */
export function addressSettings(
  subgraphs = configuredSubgraphs(),
): Record<string, Setting<string | undefined> | Setting<number>> {
  return Object.fromEntries(
    subgraphs.flatMap(({ name, port, routingUrl }) => {
      const url =
        port === undefined
          ? serviceUrlSetting(name, new URL(routingUrl).origin, routingUrl)
          : serviceUrlSetting(name, `http://${name}:${port}`);
      return [[`${name}Url`, url], ...(port === undefined ? [] : [[`${name}Port`, portSetting(name)]])];
    }),
  );
}

/** The settings with which a server answers over TLS. */
export function tlsSettings(service: string) {
  const prefix = variablePrefix(service);
  return {
    tlsCertFile: optionalSetting(
      `${prefix}_TLS_CERT_FILE`,
      kinds.text,
      `PEM file of the certificate chain of the ${service}${service === 'gateway' ? '' : ' service'}, which then answers over HTTPS only. It is read again when it changes`,
      { example: `/etc/plinth/tls/${service}.pem` },
    ),
    tlsKeyFile: optionalSetting(
      `${prefix}_TLS_KEY_FILE`,
      kinds.text,
      `PEM file of the private key of ${prefix}_TLS_CERT_FILE`,
      { example: `/etc/plinth/tls/${service}.key` },
    ),
    tlsClientCaFile: optionalSetting(
      `${prefix}_TLS_CLIENT_CA_FILE`,
      kinds.text,
      `PEM file of the authorities whose certificates clients must show (mTLS). Without it no certificate is asked for`,
      { example: '/etc/plinth/tls/ca.pem' },
    ),
  } satisfies Settings;
}

/** What the settings of `tlsSettings` hold. */
export interface TlsConfig {
  readonly tlsCertFile?: string | undefined;
  readonly tlsKeyFile?: string | undefined;
  readonly tlsClientCaFile?: string | undefined;
}

/**
 * The files of a server that answers over TLS; undefined for one that does not.
 *
 * @throws ConfigError when only some of the settings are there
 */
export function tlsFilesOf(
  service: string,
  { tlsCertFile, tlsKeyFile, tlsClientCaFile }: TlsConfig,
): { certFile: string; keyFile: string; caFile: string | undefined } | undefined {
  if (tlsCertFile === undefined && tlsKeyFile === undefined && tlsClientCaFile === undefined)
    return undefined;
  if (tlsCertFile !== undefined && tlsKeyFile !== undefined) {
    return { certFile: tlsCertFile, keyFile: tlsKeyFile, caFile: tlsClientCaFile };
  }
  const settings = tlsSettings(service);
  const lacking = tlsCertFile === undefined ? settings.tlsCertFile : settings.tlsKeyFile;
  throw new ConfigError([missing({ ...lacking, description: 'TLS needs a certificate and its key' })]);
}

/** The settings of a service that keeps rows. */
export function databaseSettings(service: string) {
  const variable = `${variablePrefix(service)}_DATABASE_URL`;
  return {
    databaseUrl: optionalSetting(
      'DATABASE_URL',
      kinds.databaseUrl,
      'PostgreSQL database, in which each service has its own schema. SQLite files when unset',
      {
        secret: true,
        example: 'postgres://plinth:secret@localhost:5432/plinth',
      },
    ),
    ownDatabaseUrl: optionalSetting(
      variable,
      kinds.databaseUrl,
      `Database of the ${service} service, instead of DATABASE_URL`,
      {
        secret: true,
        example: `sqlite:/var/lib/plinth/${service}.db`,
      },
    ),
  } satisfies Settings;
}

/** What a service on its own cannot do without; one line for each variable that is missing. */
export function requireForShape(
  shape: Shape,
  values: {
    redisUrl: string | undefined;
    databaseUrl?: string | undefined;
    ownDatabaseUrl?: string | undefined;
  },
  service: string,
): void {
  if (shape === 'embedded') return;
  const mistakes: string[] = [];
  const database = databaseSettings(service);
  if (values.databaseUrl === undefined && values.ownDatabaseUrl === undefined) {
    mistakes.push(
      missing({ ...database.databaseUrl, description: `the ${service} service on its own needs a database` }),
    );
  }
  if (values.redisUrl === undefined) {
    mistakes.push(
      missing({ ...commonSettings.redisUrl, description: `the ${service} service on its own needs Redis` }),
    );
  }
  if (mistakes.length > 0) throw new ConfigError(mistakes);
}
