import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock } from '../clock';
import type { Environment, Shape } from '../config';
import type { DomainEvent, Follower } from '../events/event-bus';
import { uuidv7 } from '../ids';
import { silentLogger } from '../observability/logger';
import { openProcessContext, type ProcessContext, type RunningService } from '../process';
import { Keyring } from '../security/keyring';
import { newRedisDatabase, testBackend } from './backend';
import { type GraphQLResult, sendGraphQL } from './graphql-client';
import { type RestOptions, type RestResult, sendRest } from './rest-client';
import { TestDatabase } from './test-database';

export interface TestServiceOptions<Running> {
  /** As in rover.yaml. */
  name: string;
  /** Reads the configuration and starts the service, as its `main.ts` does. */
  start: (shape: Shape, environment: Environment, context: ProcessContext) => Promise<Running>;
  /** Variables besides those that every test needs. */
  environment?: Record<string, string | undefined>;
  /** Types of events to record. */
  events: readonly string[];
}

/**
 * A service under test, on a database of its own, with a clock that the test moves. `npm test` runs it embedded on SQLite,
 * `npm run test:services` on PostgreSQL and Redis.
 */
export class TestService<Running extends RunningService = RunningService> {
  readonly clock = new ManualClock(Date.now());
  /** What was published, in order, each event once. */
  readonly events: DomainEvent[] = [];
  readonly encryptionKeys: string;
  /** Decrypts what the service has encrypted. */
  readonly keyring: Keyring;
  readonly shape: Shape;
  /** The running instance. */
  service!: Running;
  context!: ProcessContext;
  folder!: string;
  database!: TestDatabase;
  protected environment!: Record<string, string | undefined>;
  private follower!: Follower;
  private isRunning = false;

  constructor(readonly options: TestServiceOptions<Running>) {
    this.shape = testBackend() ? 'alone' : 'embedded';
    this.encryptionKeys = options.environment?.['ENCRYPTION_KEYS'] ?? Keyring.generate('test');
    this.keyring = new Keyring(this.encryptionKeys);
  }

  get url(): string {
    return this.service.url;
  }

  async start(): Promise<void> {
    await this.prepare();
    await this.startInstance();
  }

  /** An empty database and no instance yet, for tests of the first start. */
  async prepare(): Promise<void> {
    const { name, environment } = this.options;
    const backend = testBackend();
    this.folder = await mkdtemp(join(tmpdir(), `plinth-${name}-`));
    this.database = await TestDatabase.create(name, this.folder, backend);
    this.environment = {
      [`${name.toUpperCase()}_PORT`]: '0',
      DATA_DIR: this.folder,
      LOG_LEVEL: 'silent',
      SHUTDOWN_GRACE: '1',
      TRUSTED_PROXIES: '127.0.0.1',
      DATABASE_URL: this.database.url,
      REDIS_URL: backend && (await newRedisDatabase(backend.redis)),
      ENCRYPTION_KEYS: this.encryptionKeys,
      ...environment,
    };
  }

  /** Stops and starts again with the same data; other variables where they are given. */
  async restart(environment: Record<string, string> = {}): Promise<void> {
    await this.stopInstance();
    Object.assign(this.environment, environment);
    await this.startInstance();
  }

  /** Stops, moves the clock on by that many milliseconds and starts again. */
  async restartAfter(milliseconds: number): Promise<void> {
    await this.stopInstance();
    this.clock.advance(milliseconds);
    await this.startInstance();
  }

  /** Stops, and removes all data. */
  async close(): Promise<void> {
    await this.stopInstance();
    await this.database.drop();
    await rm(this.folder, { recursive: true, force: true });
  }

  /**
   * Another instance on the same database; other variables where they are given. It is on the same bus where that is Redis: embedded,
   * each instance has a bus of its own, and the events that one publishes do not reach the other.
   */
  async startAnother(environment: Record<string, string> = {}): Promise<Running> {
    const variables = { ...this.environment, ...environment };
    const context = this.openContext();
    const service = await this.options.start(this.shape, variables, context).catch(async (error: unknown) => {
      await context.close();
      throw error;
    });
    const stop = async () => {
      await service.stop();
      await context.close();
    };
    return { ...service, stop };
  }

  graphql<Data = Record<string, unknown>>(
    token: string | undefined,
    query: string,
    variables: object = {},
    url = this.url,
  ): Promise<GraphQLResult<Data>> {
    return sendGraphQL<Data>(url, { query, variables, token });
  }

  rest(method: string, path: string, options: RestOptions & { url?: string } = {}): Promise<RestResult> {
    return sendRest(`${options.url ?? this.url}${path}`, method, options);
  }

  /** Publishes an event as another service does. */
  async publish(
    type: string,
    data: unknown,
    { id = uuidv7(Date.now()), occurredAt = this.clock.now(), source = 'test' } = {},
  ): Promise<void> {
    await this.context.bus.publish([{ id, type, version: 1, source, occurredAt, data }]);
  }

  /** The recorded events of this type about a user. */
  eventsAbout(userId: string, type: string): DomainEvent[] {
    return this.events.filter(
      event => event.type === type && (event.data as { userId: string }).userId === userId,
    );
  }

  protected async startInstance(): Promise<void> {
    this.context = this.openContext();
    this.follower = await this.context.bus.follow([...this.options.events], this.clock.now(), event => {
      if (!this.events.some(({ id }) => id === event.id)) this.events.push(event);
    });
    try {
      this.service = await this.options.start(this.shape, this.environment, this.context);
    } catch (error) {
      await this.follower.close();
      await this.context.close();
      throw error;
    }
    this.isRunning = true;
  }

  protected async stopInstance(): Promise<void> {
    if (!this.isRunning) return;
    this.isRunning = false;
    await this.service.stop();
    await this.follower.close();
    await this.context.close();
  }

  /** Redis keeps real time, so a moment of the test's clock is turned into one of real time before it is asked. */
  private openContext(): ProcessContext {
    const redisUrl = this.environment['REDIS_URL'];
    const context = openProcessContext({ redisUrl, logger: silentLogger });
    const { bus } = context;
    if (redisUrl !== undefined) {
      const follow = bus.follow.bind(bus);
      bus.follow = (types, since, handle) => follow(types, since - (this.clock.now() - Date.now()), handle);
    }
    return { ...context, clock: this.clock };
  }
}
