import { join } from 'node:path';
import type { LogLevel } from './config';
import { Database, type MigrationClass, type RowClass } from './database/database';
import { OutboxRelay } from './events/outbox';
import { createLogger, type Logger } from './observability/logger';
import { Metrics } from './observability/metrics';
import type { ProcessContext } from './process';
import { type CredentialSources, type Identity, openIdentity } from './security/identity';

export interface ServiceContextConfig {
  dataDir: string;
  logLevel: LogLevel;
  databaseUrl: string | undefined;
  ownDatabaseUrl: string | undefined;
  authUrl: string | undefined;
  authPort: number;
  tokenIssuer: string;
  tokenAudience: string;
}

/** What a service that keeps rows stands on, opened in order and closed in reverse. */
export interface ServiceContext {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly database: Database;
  readonly relay: OutboxRelay;
  readonly identity: Identity;
  /** Readiness checks of all of it. */
  readonly ready: Readonly<Record<string, () => Promise<void>>>;
  close(): Promise<void>;
}

/**
 * Opens a service's database (migrating it), starts its relay and follows revocations.
 *
 * @param sources where credentials are known; the auth service, asked over HTTP, unless told
 */
export async function openServiceContext(
  name: string,
  config: ServiceContextConfig,
  shared: ProcessContext,
  rows: { entities: RowClass[]; migrations: MigrationClass[] },
  sources?: (opened: Pick<ServiceContext, 'database' | 'relay' | 'logger'>) => Promise<CredentialSources>,
): Promise<ServiceContext> {
  const { clock, bus } = shared;
  const logger = createLogger({ service: name, level: config.logLevel });
  const metrics = new Metrics(name);
  const url = config.ownDatabaseUrl ?? config.databaseUrl ?? `sqlite:${join(config.dataDir, `${name}.db`)}`;
  const database = await Database.open({ url, service: name, clock, logger, ...rows });
  const relay = new OutboxRelay({ db: database, bus, clock, logger });
  try {
    relay.start();
    const identity = await openIdentity({
      config,
      bus,
      clock,
      ...(sources === undefined ? {} : { sources: await sources({ database, relay, logger }) }),
    });
    metrics.gauge('plinth_outbox_pending', 'Committed events that are not yet published', async () => {
      const { pending } = await relay.pendingCount();
      return pending;
    });
    return {
      logger,
      metrics,
      database,
      relay,
      identity,
      ready: {
        database: () => database.ping(),
        revocations: async () => {
          if (!identity.revocations.isCurrent()) throw new Error('Revocations are not known up to now');
        },
      },
      close: async () => {
        await identity.revocations.close();
        await relay.stop();
        await database.close();
      },
    };
  } catch (error) {
    // A relay that goes on would keep the process alive, trying a database that is closed.
    await relay.stop();
    await database.close();
    throw error;
  }
}
