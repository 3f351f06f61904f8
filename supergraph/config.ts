import { join, resolve } from 'node:path';
import {
  addressSettings,
  commonSettings,
  configuredSubgraphs,
  tlsSettings,
} from '../platform/common-settings';
import {
  ConfigError,
  type Environment,
  kinds,
  missing,
  optionalSetting,
  readAll,
  readSettings,
  type Setting,
  type Settings,
  type Shape,
  setting,
  type Values,
} from '../platform/config';
import { projectRoot } from '../platform/project-root';
import { encryptionSettings } from '../platform/security/keyring-settings';
import { variablePrefix } from '../platform/subgraph-list';
import type { Introspection } from './http/callers';
import type { SubgraphPort } from './http/subgraph-urls';
import { defaultLimits, type OperationLimits } from './operations/limits';
import { defaultPolicy, type ServicePolicy } from './traffic/service-policy';

/** Where the gateway finds each subgraph of rover.yaml, and how it calls it. */
export function subgraphSettings(
  subgraphs = configuredSubgraphs(),
): Record<string, Setting<string | undefined> | Setting<number | undefined> | Setting<number>> {
  const policies = subgraphs.flatMap(({ name }) => {
    const prefix = variablePrefix(name);
    const timeout = optionalSetting(
      `${prefix}_TIMEOUT`,
      kinds.seconds(1, 300),
      `Seconds that the gateway waits for one answer of the ${name} service; SUBGRAPH_TIMEOUT when unset`,
    );
    const maxConcurrent = optionalSetting(
      `${prefix}_MAX_CONCURRENT`,
      kinds.whole(1, 100_000),
      `Calls of the ${name} service that run at once; SUBGRAPH_MAX_CONCURRENT when unset`,
    );
    return [
      [`${name}Timeout`, timeout],
      [`${name}MaxConcurrent`, maxConcurrent],
    ] as const;
  });
  return { ...addressSettings(subgraphs), ...Object.fromEntries(policies) };
}

/** A setting for one of the limits in `operations/limits.ts`. */
const limit = (
  name: string,
  key: keyof OperationLimits,
  [least, most]: [number, number],
  description: string,
) =>
  setting(
    `OPERATION_${name}`,
    kinds.whole(least, most),
    `${description} at most; refused with OPERATION_LIMIT_EXCEEDED`,
    { default: String(defaultLimits[key]) },
  );

const limitSettings = {
  maxLength: limit('MAX_LENGTH', 'maxLength', [1_000, 1_000_000], 'Characters of an operation'),
  maxTokens: limit('MAX_TOKENS', 'maxTokens', [100, 100_000], 'Tokens of an operation'),
  maxDepth: limit('MAX_DEPTH', 'maxDepth', [2, 100], 'Depth of fields'),
  maxAliases: limit('MAX_ALIASES', 'maxAliases', [0, 10_000], 'Aliases of an operation'),
  maxRootFields: limit('MAX_ROOT_FIELDS', 'maxRootFields', [1, 1_000], 'Root fields of an operation'),
  maxDirectives: limit('MAX_DIRECTIVES', 'maxDirectives', [0, 10_000], 'Directives of an operation'),
  maxFields: limit('MAX_FIELDS', 'maxFields', [10, 100_000], 'Fields of an operation, fragments expanded,'),
  maxFragments: limit('MAX_FRAGMENTS', 'maxFragments', [0, 1_000], 'Fragments of a document'),
  maxOperations: limit('MAX_OPERATIONS', 'maxOperations', [1, 1_000], 'Operations of a document'),
  maxVariables: limit('MAX_VARIABLES', 'maxVariables', [0, 1_000], 'Variables of an operation'),
  maxPageSize: limit('MAX_PAGE_SIZE', 'maxPageSize', [1, 100_000], 'Items of one page'),
  maxCost: limit('MAX_COST', 'maxCost', [1, 1_000_000_000], 'Cost of an operation (IBM cost specification)'),
  assumedListSize: setting(
    'OPERATION_ASSUMED_LIST_SIZE',
    kinds.whole(1, 10_000),
    'Number of items that the cost assumes for a list without a known size',
    { default: String(defaultLimits.assumedListSize) },
  ),
};

export const gatewaySettings = {
  ...commonSettings,
  // They sign the lines of the log that it sends to monitoring.
  ...encryptionSettings,
  port: setting('GATEWAY_PORT', kinds.port, 'Port of the gateway', { default: '8000' }),
  ...tlsSettings('gateway'),
  plainHttp: setting(
    'PLAIN_HTTP',
    kinds.oneOf('accept', 'redirect', 'refuse'),
    'What happens to requests that did not come over TLS, here or at a trusted proxy that says so in x-forwarded-proto. redirect: GET is sent to https, all else is refused. Health and metrics are always answered',
    { default: 'accept' },
  ),
  hstsMaxAge: setting(
    'HSTS_MAX_AGE',
    kinds.seconds(0, 63_072_000),
    'Seconds for which browsers then use HTTPS only (Strict-Transport-Security), said in responses over TLS. 0 says nothing',
    { default: '31536000' },
  ),
  workers: setting(
    'GATEWAY_WORKERS',
    kinds.whole(1, 64),
    'Processes that serve the gateway’s port. More than one needs Redis and a gateway in its own process. SIGHUP replaces them one by one',
    { default: '1' },
  ),
  supergraphSdl: optionalSetting(
    'SUPERGRAPH_SDL',
    kinds.text,
    'File of the supergraph schema that the gateway serves. schema/supergraph.graphql when unset',
    { example: '/etc/plinth/supergraph.graphql' },
  ),
  executor: setting(
    'EXECUTOR',
    kinds.oneOf('apollo', 'plinth'),
    'Executor of operations. plinth compiles each operation; apollo is stock @apollo/gateway',
    {
      default: 'plinth',
    },
  ),
  planner: setting(
    'PLANNER',
    kinds.oneOf('hive', 'apollo'),
    'Query planner of EXECUTOR=plinth. hive is native and runs in its own process; apollo is @apollo/query-planner',
    {
      default: 'hive',
    },
  ),
  subgraphTimeout: setting(
    'SUBGRAPH_TIMEOUT',
    kinds.seconds(1, 300),
    'Seconds that the gateway waits for one answer of a service',
    { default: '10' },
  ),
  subgraphMaxConcurrent: setting(
    'SUBGRAPH_MAX_CONCURRENT',
    kinds.whole(1, 100_000),
    'Calls of one service that run at once. One more is answered SERVICE_UNAVAILABLE at once',
    { default: '1000' },
  ),
  subgraphRetries: setting(
    'SUBGRAPH_RETRIES',
    kinds.whole(0, 5),
    'How often a read is tried again when a service does not answer it, within a budget of a tenth of all calls',
    { default: '2' },
  ),
  operationTimeout: setting(
    'OPERATION_TIMEOUT',
    kinds.seconds(1, 600),
    'Seconds after which an operation calls no further service. Services get the remaining time of each call in x-request-timeout-ms',
    { default: '30' },
  ),
  corsOrigins: setting(
    'CORS_ORIGINS',
    kinds.list.refine(
      origins => origins.every(isOrigin),
      'must be origins such as https://app.example.com or http://localhost:*, separated by commas, or *',
    ),
    'Origins whose pages may call the gateway, separated by commas. * allows every origin, :* every port. When unset: http://localhost:* and http://127.0.0.1:* in one process, otherwise none',
    { default: '', example: 'https://app.example.com' },
  ),
  rateLimit: setting('RATE_LIMIT', kinds.onOff, 'Rate limits of clients. off is for tests and benchmarks', {
    default: 'on',
  }),
  rateLimitPoints: setting(
    'RATE_LIMIT_POINTS',
    kinds.whole(1, 1_000_000_000),
    'Points that one client (a user, an API key, or the address of an anonymous client; IPv6 by /64) may spend in a minute. A request costs 1, and 1 more for each 100 of its operation’s cost; with EXECUTOR=apollo always 1',
    { default: '6000' },
  ),
  rateLimitCredentials: setting(
    'RATE_LIMIT_CREDENTIALS',
    kinds.whole(1, 1_000_000_000),
    'Operations with a credential, such as login, register and refresh, that one address (IPv6 by /64) may send in a minute',
    { default: '60' },
  ),
  apq: setting(
    'APQ',
    kinds.onOff,
    'Automatic persisted queries: clients may send the SHA-256 of a known operation instead of its text',
    { default: 'on' },
  ),
  persistedOperations: setting(
    'PERSISTED_OPERATIONS',
    kinds.oneOf('off', 'allow', 'only'),
    'Listed operations. allow: clients may send an id instead of the text. only: every operation that is not listed is refused, except those of REST routes',
    { default: 'off' },
  ),
  persistedOperationsManifest: optionalSetting(
    'PERSISTED_OPERATIONS_MANIFEST',
    kinds.text,
    "File of the listed operations, in the format of Apollo's persisted query manifest. schema/persisted-operations.json when unset",
    { example: '/etc/plinth/persisted-operations.json' },
  ),
  unauthorizedFields: setting(
    'UNAUTHORIZED_FIELDS',
    kinds.oneOf('null', 'reject'),
    'What happens when the caller may not read a field. null: the field is null with an error, and the others are answered. reject: the operation is refused. For EXECUTOR=plinth',
    { default: 'null' },
  ),
  introspection: optionalSetting(
    'INTROSPECTION',
    kinds.oneOf('on', 'off', 'authenticated'),
    'Callers that may read the schema. on: all callers, and errors suggest names for a misspelt one. off: no caller. authenticated: signed-in callers, without suggestions. When unset: authenticated if REDIS_URL is set, otherwise on',
  ),
  ...limitSettings,
  subscriptionsPerClient: setting(
    'SUBSCRIPTIONS_PER_CLIENT',
    kinds.whole(1, 10_000),
    'Open subscriptions of one user, API key or address at one process of the gateway; more are refused with TOO_MANY_SUBSCRIPTIONS',
    { default: '100' },
  ),
  webSockets: setting(
    'WEBSOCKET_CONNECTIONS',
    kinds.whole(1, 1_000_000),
    'Open WebSocket connections of one process of the gateway; more are refused with 503',
    { default: '10000' },
  ),
  webSocketsPerClient: setting(
    'WEBSOCKET_CONNECTIONS_PER_CLIENT',
    kinds.whole(1, 1_000_000),
    'Open WebSocket connections of one address (IPv6 by /64) at one process of the gateway; more are refused with 429',
    { default: '1000' },
  ),
  landingPage: setting(
    'LANDING_PAGE',
    kinds.oneOf('sandbox', 'graphiql', 'off'),
    'Page that a browser gets at /: Apollo Sandbox, which loads from the internet, or GraphiQL, which does not and is also at /graphiql. off: neither',
    {
      default: 'sandbox',
    },
  ),
} satisfies Settings;

type Read = Values<typeof gatewaySettings>;

export interface GatewayConfig extends Omit<Read, 'introspection' | keyof typeof limitSettings> {
  /** The supergraph file, absolute. The table of REST routes is `rest.json` beside it. */
  readonly supergraphFile: string;
  /** The list of operations, absolute; undefined when none are listed. */
  readonly operationsFile: string | undefined;
  readonly introspection: Introspection;
  readonly limits: OperationLimits;
  /** False only for a foreign supergraph without Redis: it has no auth service that issues tokens. */
  readonly isAuthenticating: boolean;
  /** Subgraph → its base URL, instead of that of the supergraph file. */
  readonly subgraphUrls: Readonly<Record<string, string>>;
  /** Subgraph → the port its server has when it is the one that the supergraph file names at its default port. */
  readonly subgraphPorts: Readonly<Record<string, SubgraphPort>>;
  readonly allowedOrigins: readonly string[];
  /** How a service is called. */
  readonly policyOf: (service: string) => ServicePolicy;
}

const localPages = ['http://localhost:*', 'http://127.0.0.1:*'];
const studio = 'https://studio.apollographql.com';

/** @throws ConfigError with everything that is wrong */
export function readGatewayConfig(shape: Shape, environment: Environment = process.env): GatewayConfig {
  const subgraphs = configuredSubgraphs();
  const { values, places } = readAll({
    values: () => readSettings(gatewaySettings, environment),
    places: () => readSettings(subgraphSettings(subgraphs), environment),
  });
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
  const { introspection, ...rest } = values;
  const origins = shape === 'embedded' && values.corsOrigins.length === 0 ? localPages : values.corsOrigins;
  // Sandbox in a tab of its own runs on Apollo's origin.
  const withStudio = values.landingPage === 'sandbox';
  return {
    ...rest,
    introspection: introspection ?? (values.redisUrl === undefined ? 'on' : 'authenticated'),
    limits: limitsOf(values),
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
      subgraphs.flatMap(({ name }) => {
        const url = places[`${name}Url`];
        return typeof url === 'string' ? [[name, url]] : [];
      }),
    ),
    subgraphPorts: Object.fromEntries(
      subgraphs.flatMap(({ name, port: usual }) => {
        const actual = places[`${name}Port`];
        return usual !== undefined && typeof actual === 'number' ? [[name, { usual, actual }]] : [];
      }),
    ),
    policyOf: policiesOf(values, places),
    allowedOrigins: withStudio ? [...new Set([...origins, studio])] : origins,
  };
}

/** The policies of all services: the defaults, with the settings of all services and of each. */
function policiesOf(
  values: Pick<Read, 'subgraphTimeout' | 'subgraphMaxConcurrent' | 'subgraphRetries'>,
  ofServices: Readonly<Record<string, unknown>>,
): (service: string) => ServicePolicy {
  return service => {
    const own = (name: string, general: number): number => {
      const key = `${service}${name}`;
      const value = Object.hasOwn(ofServices, key) ? ofServices[key] : undefined;
      return typeof value === 'number' ? value : general;
    };
    return {
      ...defaultPolicy,
      timeoutMs: own('Timeout', values.subgraphTimeout) * 1000,
      maxConcurrent: own('MaxConcurrent', values.subgraphMaxConcurrent),
      retry: { ...defaultPolicy.retry, attempts: values.subgraphRetries },
    };
  };
}

function limitsOf(values: Read): OperationLimits {
  const keys = Object.keys(limitSettings) as (keyof typeof limitSettings)[];
  return { ...defaultLimits, ...Object.fromEntries(keys.map(key => [key, values[key]])) };
}

/** @apollo/gateway reports its use to Apollo unless this is set before it is made. */
export function switchTelemetryOff(): void {
  process.env['APOLLO_TELEMETRY_DISABLED'] ??= '1';
}

function isOrigin(text: string): boolean {
  if (text === '*') return true;
  const one = text.replace(/:\*$/, '');
  try {
    const url = new URL(one);
    return url.origin === one && (url.protocol === 'https:' || url.protocol === 'http:');
  } catch {
    return false;
  }
}
