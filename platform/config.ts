import { BlockList, isIP } from 'node:net';
import { z } from 'zod';
import { type ListedSubgraph, listSubgraphs, variablePrefix } from './subgraph-list';

/** Variables as `process.env` holds them. Only the `config.ts` files of the services read it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment, with `.env` of the working directory if it is there. A variable that is set already stays as it is. */
export function readEnvironment(): Environment {
  try {
    process.loadEnvFile();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') throw new ConfigError([`The file .env cannot be read (${code})`]);
  }
  return process.env;
}

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** One variable: how it is read, and what docs/configuration.md says of it. */
export interface Setting<T> {
  readonly variable: string;
  readonly description: string;
  readonly type: z.ZodType<T, string>;
  /** The text that stands where the variable is not set. */
  readonly fallback: string | undefined;
  /** A value that must never be shown, not even when it is wrong. */
  readonly secret: boolean;
  /** What to set, said when a variable that must be there is not. */
  readonly example: string | undefined;
  readonly optional: boolean;
}

export type Settings = Readonly<Record<string, Setting<unknown>>>;
export type Values<S extends Settings> = {
  readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never;
};

interface SettingOptions {
  /** A function where it is read from a file, so that no file is read at import. */
  default?: string | (() => string);
  secret?: boolean;
  example?: string;
}

/** A variable that has a default, or must be set. */
export function setting<T>(
  variable: string,
  type: z.ZodType<T, string>,
  description: string,
  options: SettingOptions = {},
): Setting<T> {
  return {
    variable,
    type,
    description,
    get fallback() {
      return typeof options.default === 'function' ? options.default() : options.default;
    },
    secret: options.secret ?? false,
    example: options.example,
    optional: false,
  };
}

/** A variable that may be absent. */
export function optionalSetting<T>(
  variable: string,
  type: z.ZodType<T, string>,
  description: string,
  options: Omit<SettingOptions, 'default'> = {},
): Setting<T | undefined> {
  return { ...setting<T>(variable, type, description, options), optional: true } as Setting<T | undefined>;
}

/** Everything that is wrong with the environment, one line each. */
export class ConfigError extends Error {
  constructor(readonly mistakes: readonly string[]) {
    super(mistakes.join('\n'));
    this.name = 'ConfigError';
  }
}

/** Reads every setting and throws one ConfigError that names every mistake. An empty variable counts as absent. */
export function readSettings<S extends Settings>(settings: S, environment: Environment): Values<S> {
  const values: Record<string, unknown> = {};
  const mistakes: string[] = [];
  for (const [key, one] of Object.entries(settings)) {
    const set = environment[one.variable];
    const text = set === undefined || set === '' ? one.fallback : set;
    if (text === undefined) {
      if (!one.optional) mistakes.push(missing(one));
      continue;
    }
    const parsed = one.type.safeParse(text);
    if (parsed.success) values[key] = parsed.data;
    else {
      const reason = parsed.error.issues.map(issue => issue.message).join(', ');
      mistakes.push(`${one.variable} ${reason}${one.secret ? '' : ` (it is ${JSON.stringify(text)})`}`);
    }
  }
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  return values as Values<S>;
}

/** The line for a variable that this shape cannot do without. */
export function missing(one: Pick<Setting<unknown>, 'variable' | 'description' | 'example'>): string {
  return `${one.variable} is not set: ${one.description}${one.example ? `, for example ${one.example}` : ''}`;
}

/** Runs readers of several configurations and reports the mistakes of all of them at once. */
export function readAll<T extends Record<string, () => unknown>>(
  readers: T,
): { [K in keyof T]: ReturnType<T[K]> } {
  const values: Record<string, unknown> = {};
  const mistakes = new Set<string>();
  for (const [key, read] of Object.entries(readers)) {
    try {
      values[key] = read();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      for (const mistake of error.mistakes) mistakes.add(mistake);
    }
  }
  if (mistakes.size > 0) throw new ConfigError([...mistakes]);
  return values as { [K in keyof T]: ReturnType<T[K]> };
}

const whole = (least: number, most: number, unit = '') =>
  z
    .string()
    .regex(/^\d{1,15}$/, `must be a whole number${unit}`)
    .transform(Number)
    .refine(value => value >= least && value <= most, `must be from ${least} to ${most}${unit}`);

const urlOf = (...protocols: string[]) =>
  z.string().refine(
    text => {
      try {
        return protocols.includes(new URL(text).protocol);
      } catch {
        return false;
      }
    },
    `must be a URL that starts with ${protocols.map(protocol => `${protocol}//`).join(' or ')}`,
  );

/** Adds an address, or a network in CIDR notation (RFC 4632). @returns whether it is one */
function addNetwork(networks: BlockList, text: string): boolean {
  const [, address = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const family = isIP(address);
  const longest = family === 6 ? 128 : 32;
  if (family === 0 || Number(bits ?? longest) > longest) return false;
  networks.addSubnet(address, Number(bits ?? longest), family === 6 ? 'ipv6' : 'ipv4');
  return true;
}

/** The kinds of values a variable may hold. */
export const kinds = {
  text: z.string(),
  whole,
  port: whole(0, 65_535),
  seconds: (least: number, most: number) => whole(least, most, ' seconds'),
  level: z.enum(logLevels, `must be one of ${logLevels.join(', ')}`),
  onOff: z.enum(['on', 'off'], 'must be on or off').transform(value => value === 'on'),
  url: urlOf('http:', 'https:'),
  redisUrl: urlOf('redis:', 'rediss:'),
  databaseUrl: z
    .string()
    .refine(
      text => /^(postgres|postgresql):\/\/\S+$/.test(text) || /^sqlite:.+$/.test(text),
      'must start with postgres:// or sqlite:',
    ),
  oneOf: <const T extends string>(...values: T[]) => z.enum(values, `must be one of ${values.join(', ')}`),
  ratio: z
    .string()
    .regex(/^(0(\.\d{1,9})?|1(\.0{1,9})?)$/, 'must be a number from 0 to 1')
    .transform(Number),
  headers: z.string().transform((text, issues) => {
    try {
      return Object.fromEntries(
        text.split(',').map(part => {
          const [, name = '', value = ''] = /^\s*([\w-]+)\s*=\s*(\S+)\s*$/.exec(part) ?? [];
          if (name === '') throw new Error('no name=value');
          return [name, decodeURIComponent(value)];
        }),
      );
    } catch {
      issues.addIssue({ code: 'custom', message: 'must be name=value, separated by commas' });
      return z.NEVER;
    }
  }),
  networks: z.string().transform((text, issues) => {
    const networks = new BlockList();
    const parts = text.split(',').map(part => part.trim());
    if (parts.every(part => part === '' || addNetwork(networks, part))) return networks;
    issues.addIssue({
      code: 'custom',
      message: 'must be IP addresses or networks such as 10.0.0.0/8, separated by commas',
    });
    return z.NEVER;
  }),
  list: z.string().transform(text =>
    text
      .split(',')
      .map(part => part.trim())
      .filter(part => part !== ''),
  ),
};

/** embedded: all in one process, nothing else installed. alone: one process a service, on PostgreSQL and Redis. */
export type Shape = 'embedded' | 'alone';

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

/** Where other servers find each subgraph of rover.yaml: `<NAME>_URL`, and `<NAME>_PORT` if its routing URL has a port. */
export function addressSettings(
  subgraphs = configuredSubgraphs(),
): Record<string, Setting<string | undefined> | Setting<number>> {
  return Object.fromEntries(
    subgraphs.flatMap(({ name, port, routingUrl }) => {
      const prefix = variablePrefix(name);
      const fallback = port === undefined ? routingUrl : `http://127.0.0.1:${prefix}_PORT`;
      const url = optionalSetting(
        `${prefix}_URL`,
        kinds.url,
        `Where the ${name} service is reached; ${fallback} when unset`,
        { example: port === undefined ? new URL(routingUrl).origin : `http://${name}:${port}` },
      );
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
