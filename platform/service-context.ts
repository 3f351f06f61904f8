import { join } from 'node:path';
import type { Clock } from './clock';
import type { LogLevel } from './config';
import type { MigrationClass, RowClass } from './database/data-source';
import { Database } from './database/database';
import { consume, OutboxRelay, type TransactionalHandler } from './events/outbox';
import { type LogShippingConfig, shipLogsOverHttp } from './log-shipping';
import type { LogFormat } from './observability/log-format';
import { createLogger, type Logger } from './observability/logger';
import { Metrics } from './observability/metrics';
import { openSpans, type SpanConfig } from './observability/open-spans';
import type { Spans } from './observability/spans';
import type { ProcessContext } from './process';
import type { ServiceRegistry } from './registry/service-registry';
import { ResourceStack } from './resource-stack';
import { type CredentialSources, type Identity, openIdentity } from './security/identity';
import type { Keyring } from './security/keyring';

export interface ServiceContextConfig extends LogShippingConfig, SpanConfig {
  dataDir: string;
  logLevel: LogLevel;
  logFormat?: LogFormat | undefined;
  databaseUrl: string | undefined;
  ownDatabaseUrl: string | undefined;
  authUrl: string | undefined;
  authPort: number;
  tokenIssuer: string;
  tokenAudience: string;
  /** Sign what the service sends to other services. */
  encryptionKeys?: Keyring | undefined;
  encryptionKeysFile?: Keyring | undefined;
}

/** The connections of one service and the tools that use them. */
export interface ServiceContext {
  /** The subgraph's name in rover.yaml, and the first segment of its REST paths at the gateway. */
  readonly name: string;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Undefined where no spans are recorded. */
  readonly spans: Spans | undefined;
  readonly database: Database;
  readonly relay: OutboxRelay;
  readonly registry: ServiceRegistry;
  readonly clock: Clock;
  readonly identity: Identity;
  /** Closes everything that was opened for the service, the last first. */
  readonly resources: ResourceStack;
  /** The readiness checks of the database and the revocations. */
  readonly ready: Readonly<Record<string, () => Promise<void>>>;
  /** Handles events until the service stops. */
  consume(handlers: Readonly<Record<string, TransactionalHandler>>): Promise<void>;
}

/**
 * Opens a service's database (migrating it) and follows revocations. `startService` starts the relay once the service listens.
 *
 * @param sources verifies credentials; asks the auth service over HTTP unless given
 */
export async function openServiceContext(
  name: string,
  config: ServiceContextConfig,
  shared: ProcessContext,
  rows: { entities: RowClass[]; migrations: MigrationClass[] },
  sources?: (opened: Pick<ServiceContext, 'database' | 'relay' | 'logger'>) => Promise<CredentialSources>,
): Promise<ServiceContext> {
  const { clock, bus } = shared;
  const logger = createLogger({ service: name, level: config.logLevel, format: config.logFormat });
  const metrics = new Metrics(name, !shared.isEmbedded);
  const resources = new ResourceStack();
  const spans = openSpans(name, config, logger, shared.spans);
  if (spans !== undefined) resources.defer(() => spans.close());
  const url = config.ownDatabaseUrl ?? config.databaseUrl ?? `sqlite:${join(config.dataDir, `${name}.db`)}`;
  try {
    const keyring = config.encryptionKeys ?? config.encryptionKeysFile;
    // In one process monitoring takes the lines of all servers, and always its own.
    if (config.logShipping && keyring && !shared.isEmbedded && name !== 'monitoring') {
      resources.defer(shipLogsOverHttp(config, { keyring, clock, metrics, logger }));
    }
    const database = await Database.open({ url, service: name, clock, logger, ...rows });
    resources.defer(() => database.close());
    const relay = new OutboxRelay({ db: database, bus, clock, logger });
    resources.defer(() => relay.stop());
    const identity = await openIdentity({
      config,
      bus,
      clock,
      ...(sources === undefined ? {} : { sources: await sources({ database, relay, logger }) }),
    });
    resources.defer(() => identity.revocations.close());
    metrics.gauge('plinth_outbox_pending', 'Committed events that are not yet published', async () => {
      const { pending } = await relay.pendingCount();
      return pending;
    });
    metrics.gauge(
      'plinth_outbox_oldest_seconds',
      'Age of the oldest committed event that is not yet published',
      async () => (await relay.oldestAgeMs()) / 1000,
    );
    metrics.gauge(
      'plinth_outbox_stuck',
      'Events in the outbox that have failed ten times or more',
      async () => {
        const { stuck } = await relay.pendingCount();
        return stuck;
      },
    );
    metrics.gauge('plinth_dead_letters', 'Events of the bus that this service has given up', () =>
      bus.deadLetters(name),
    );
    return {
      name,
      logger,
      metrics,
      spans,
      database,
      relay,
      registry: shared.registry,
      clock,
      identity,
      resources,
      ready: {
        database: () => database.ping(),
        revocations: async () => {
          if (!identity.revocations.isCurrent()) throw new Error('The list of revocations is not current');
        },
      },
      consume: async handlers => {
        const subscription = await consume(database, bus, name, handlers, spans);
        resources.defer(() => subscription.close());
      },
    };
  } catch (error) {
    await resources.close();
    throw error;
  }
}
