import { join, resolve } from 'node:path';
import {
  ConfigError,
  commonSettings,
  type Environment,
  kinds,
  missing,
  optionalSetting,
  readSettings,
  type Settings,
  type Shape,
  setting,
  type Values,
} from '../platform/config';
import { projectRoot } from '../platform/paths';

/** A service of Plinth, where it listens unless told, and how it is told. */
const places = (service: string, port: number) => ({
  url: optionalSetting(
    `${service.toUpperCase()}_URL`,
    kinds.url,
    `Where the ${service} service is reached; http://127.0.0.1:${service.toUpperCase()}_PORT when unset`,
    { example: `http://${service}:${port}` },
  ),
  port: setting(`${service.toUpperCase()}_PORT`, kinds.port, `Port of the ${service} service`, {
    default: String(port),
  }),
});
const users = places('users', 8002);
const notifications = places('notifications', 8003);
const files = places('files', 8004);
const monitoring = places('monitoring', 8005);

export const gatewaySettings = {
  ...commonSettings,
  port: setting('GATEWAY_PORT', kinds.port, 'Port of the gateway', { default: '8000' }),
  workers: setting(
    'GATEWAY_WORKERS',
    kinds.whole(1, 64),
    'Processes that serve the port of a gateway of its own; more than one need Redis. SIGHUP replaces them one by one',
    { default: '1' },
  ),
  supergraphSdl: optionalSetting(
    'SUPERGRAPH_SDL',
    kinds.text,
    'Supergraph schema file the gateway serves; schema/supergraph.graphql when unset',
    { example: '/etc/plinth/supergraph.graphql' },
  ),
  usersUrl: users.url,
  usersPort: users.port,
  notificationsUrl: notifications.url,
  notificationsPort: notifications.port,
  filesUrl: files.url,
  filesPort: files.port,
  monitoringUrl: monitoring.url,
  monitoringPort: monitoring.port,
  executor: setting(
    'EXECUTOR',
    kinds.oneOf('apollo', 'plinth'),
    'What runs operations: plinth is our compiled executor, apollo stock @apollo/gateway',
    {
      default: 'plinth',
    },
  ),
  planner: setting(
    'PLANNER',
    kinds.oneOf('hive', 'apollo'),
    'What plans operations for EXECUTOR=plinth: hive is native, in a process of its own, apollo is @apollo/query-planner',
    {
      default: 'hive',
    },
  ),
  subgraphTimeout: setting(
    'SUBGRAPH_TIMEOUT',
    kinds.seconds(1, 300),
    'Seconds the gateway waits for one answer of a service',
    { default: '10' },
  ),
  corsOrigins: setting(
    'CORS_ORIGINS',
    kinds.list.refine(
      origins => origins.every(isOrigin),
      'must be origins such as https://app.example.com, separated by commas, or *',
    ),
    'Origins whose pages may call the gateway, separated by commas; * is every origin',
    { default: '', example: 'https://app.example.com' },
  ),
  introspection: setting('INTROSPECTION', kinds.onOff, 'Whether the schema can be asked for', {
    default: 'on',
  }),
  apq: setting(
    'APQ',
    kinds.onOff,
    'Whether clients may send the SHA-256 of an operation that was answered before instead of its text (automatic persisted queries)',
    { default: 'on' },
  ),
  persistedOperations: setting(
    'PERSISTED_OPERATIONS',
    kinds.oneOf('off', 'allow', 'only'),
    'Operations listed in advance: allow takes their ids instead of their texts, only refuses every other operation (never the REST routes)',
    { default: 'off' },
  ),
  persistedOperationsManifest: optionalSetting(
    'PERSISTED_OPERATIONS_MANIFEST',
    kinds.text,
    "The list, in the format of Apollo's persisted query manifest; schema/persisted-operations.json when unset",
    { example: '/etc/plinth/persisted-operations.json' },
  ),
  landingPage: setting('LANDING_PAGE', kinds.oneOf('sandbox', 'off'), 'What a browser gets at /', {
    default: 'sandbox',
  }),
  rateLimit: setting(
    'RATE_LIMIT',
    kinds.onOff,
    'Whether requests are limited per client; nothing is limited yet, whichever it is',
    { default: 'on' },
  ),
} satisfies Settings;

export interface GatewayConfig extends Values<typeof gatewaySettings> {
  /** The supergraph file, absolute. The table of REST routes is `rest.json` beside it. */
  readonly supergraphFile: string;
  /** The list of operations, absolute; undefined when none are listed. */
  readonly operationsFile: string | undefined;
  /** Off only for a foreign supergraph on its own: there is no auth service then whose tokens could be checked. */
  readonly isAuthenticating: boolean;
  /** Subgraph → where its server is, instead of what the supergraph file says. */
  readonly subgraphUrls: Readonly<Record<string, string>>;
  /** Subgraph → the port its server has when it is the one that the supergraph file names at its default port. */
  readonly subgraphPorts: Readonly<Record<string, SubgraphPort>>;
  readonly allowedOrigins: readonly string[];
}

export interface SubgraphPort {
  readonly usual: number;
  readonly actual: number;
}

const studio = 'https://studio.apollographql.com';

/** @throws ConfigError with everything that is wrong */
export function readGatewayConfig(shape: Shape, environment: Environment = process.env): GatewayConfig {
  const values = readSettings(gatewaySettings, environment);
  const isForeign = values.supergraphSdl !== undefined;
  const mistakes: string[] = [];
  if (shape === 'alone' && values.redisUrl === undefined && !isForeign) {
    mistakes.push(
      missing({
        ...commonSettings.redisUrl,
        description: 'the gateway on its own needs Redis (or SUPERGRAPH_SDL, for a supergraph of your own)',
      }),
    );
  }
  if (values.workers > 1 && (shape === 'embedded' || values.redisUrl === undefined)) {
    mistakes.push(
      `GATEWAY_WORKERS must be 1 ${
        shape === 'embedded'
          ? 'where all runs in one process: start the services and the gateway on their own'
          : 'without REDIS_URL: what one worker learns reaches the others through Redis'
      } (it is "${values.workers}")`,
    );
  }
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  const urls = {
    auth: values.authUrl,
    users: values.usersUrl,
    notifications: values.notificationsUrl,
    files: values.filesUrl,
    monitoring: values.monitoringUrl,
  };
  // Sandbox in a tab of its own runs on Apollo's origin; on a laptop that is wanted, in production it is asked for.
  const withStudio = shape === 'embedded' && values.landingPage === 'sandbox';
  return {
    ...values,
    supergraphFile:
      values.supergraphSdl === undefined
        ? join(projectRoot(), 'schema', 'supergraph.graphql')
        : resolve(values.supergraphSdl),
    operationsFile:
      values.persistedOperations === 'off'
        ? undefined
        : values.persistedOperationsManifest === undefined
          ? join(projectRoot(), 'schema', 'persisted-operations.json')
          : resolve(values.persistedOperationsManifest),
    isAuthenticating: shape === 'embedded' || values.redisUrl !== undefined,
    subgraphUrls: Object.fromEntries(
      Object.entries(urls).flatMap(([name, url]) => (url === undefined ? [] : [[name, url]])),
    ),
    subgraphPorts: {
      auth: { usual: 8001, actual: values.authPort },
      users: { usual: 8002, actual: values.usersPort },
      notifications: { usual: 8003, actual: values.notificationsPort },
      files: { usual: 8004, actual: values.filesPort },
      monitoring: { usual: 8005, actual: values.monitoringPort },
    },
    allowedOrigins: withStudio ? [...new Set([...values.corsOrigins, studio])] : values.corsOrigins,
  };
}

/** @apollo/gateway reports its use to Apollo unless this is set before it is made. */
export function switchTelemetryOff(): void {
  process.env['APOLLO_TELEMETRY_DISABLED'] ??= '1';
}

function isOrigin(text: string): boolean {
  if (text === '*') return true;
  try {
    const url = new URL(text);
    return url.origin === text && (url.protocol === 'https:' || url.protocol === 'http:');
  } catch {
    return false;
  }
}
