import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock } from '../../../platform/clock';
import { openSqlite } from '../../../platform/database/sqlite-driver';
import { AppError, invalid } from '../../../platform/errors';
import type { DomainEvent, Follower } from '../../../platform/events/event-bus';
import { jsonResponse } from '../../../platform/http/response';
import { HttpServer } from '../../../platform/http/server';
import { uuidv7 } from '../../../platform/ids';
import { silentLogger } from '../../../platform/observability/logger';
import { Metrics } from '../../../platform/observability/metrics';
import { openProcessContext, type ProcessContext, type RunningService } from '../../../platform/process';
import { Keyring } from '../../../platform/security/keyring';
import { commandRoute } from '../../../platform/service-commands';
import { eventually } from '../../../platform/testing/eventually';
import { newDatabase, withClient } from '../../../platform/testing/services';
import { type TokenFacts, TokenIssuer } from '../../../platform/testing/token-issuer';
import { readUsersConfig } from '../config';
import { type UserRegistered, userRegistered } from '../events';
import type { AccountCommand } from '../lifecycle/auth-commands';
import { startUsers } from '../main';

export interface Answer<Data = Record<string, unknown>> {
  data: Data;
  code: string | undefined;
  details: unknown;
}

const followed = ['user.deletionRequested', 'user.exportRequested', 'user.rolesChanged'];

/**
 * The users service beside a stand-in for auth, whose failures a test chooses. The real one stands there in the stories of
 * e2e/lifecycle.test.ts.
 */
export class LifecycleStage {
  readonly clock = new ManualClock(Date.now());
  readonly heard: DomainEvent[] = [];
  /** Creation → what it made; null for one that was called off. */
  readonly made = new Map<string, UserRegistered | null>();
  /** Every command that arrived, as it arrived. */
  readonly commands: AccountCommand[] = [];
  /** What happens to a command besides. */
  fate: 'done' | 'unreachable' | 'answer lost' = 'done';
  service!: RunningService;
  shared!: ProcessContext;
  private follower!: Follower;

  private constructor(
    readonly keyring: Keyring,
    private readonly issuer: TokenIssuer,
    private readonly auth: HttpServer,
    private readonly folder: string,
    private readonly environment: Record<string, string | undefined>,
    private readonly database: { url: string; drop: () => Promise<void> } | undefined,
  ) {}

  static async start(servers?: { postgres: string; redis: string }): Promise<LifecycleStage> {
    const folder = await mkdtemp(join(tmpdir(), 'plinth-lifecycle-'));
    const keys = Keyring.generate('test');
    const keyring = new Keyring(keys);
    const database = servers && (await newDatabase(servers.postgres, 'users'));
    let stage!: LifecycleStage;
    const issuer = await TokenIssuer.start();
    const verifier = { keyring, clock: { now: () => stage.clock.now() } };
    const auth = new HttpServer({
      logger: silentLogger,
      metrics: new Metrics('auth'),
      routes: [
        {
          method: 'GET',
          path: '/.well-known/jwks.json',
          handle: async () =>
            jsonResponse(200, await (await fetch(`${issuer.url}/.well-known/jwks.json`)).json()),
        },
        commandRoute('/commands/check-account', verifier, async command => ({
          mistakes: mistakesIn(command as AccountCommand),
        })),
        commandRoute('/commands/create-account', verifier, command => stage.make(command as AccountCommand)),
        commandRoute('/commands/cancel-account', verifier, async command => {
          const { creationId } = command as { creationId: string };
          if (stage.fate === 'unreachable') throw new AppError({ code: 'DOWN', status: 503 }, 'down');
          if (!stage.made.has(creationId)) stage.made.set(creationId, null);
          return { made: stage.made.get(creationId) };
        }),
      ],
    });
    const port = await auth.listen(0, '127.0.0.1');
    stage = new LifecycleStage(
      keyring,
      issuer,
      auth,
      folder,
      {
        USERS_PORT: '0',
        AUTH_URL: `http://127.0.0.1:${port}`,
        DATA_DIR: folder,
        LOG_LEVEL: 'silent',
        DATABASE_URL: database?.url,
        REDIS_URL: servers?.redis,
        ENCRYPTION_KEYS: keys,
        SHUTDOWN_GRACE: '1',
      },
      database,
    );
    await stage.up();
    return stage;
  }

  /** Stops the service and starts it again, `later` milliseconds on its clock. */
  async restart(later = 0): Promise<void> {
    await this.down();
    this.clock.advance(later);
    await this.up();
  }

  async stop(): Promise<void> {
    await this.down();
    await this.auth.stop(0);
    await this.issuer.close();
    await this.database?.drop();
    await rm(this.folder, { recursive: true, force: true });
  }

  private async up(): Promise<void> {
    const shape = this.database === undefined ? 'embedded' : 'alone';
    const config = readUsersConfig(shape, this.environment);
    // The bus keeps real time, as Redis does.
    this.shared = {
      ...openProcessContext({ redisUrl: config.redisUrl, logger: silentLogger }),
      clock: this.clock,
    };
    this.service = await startUsers(config, this.shared);
    this.follower = await this.shared.bus.follow(followed, Date.now(), event => {
      if (!this.heard.some(each => each.id === event.id)) this.heard.push(event);
    });
  }

  private async down(): Promise<void> {
    await this.follower.close();
    await this.service.stop();
    await this.shared.close();
  }

  private async make(command: AccountCommand): Promise<UserRegistered> {
    this.commands.push(command);
    const { creationId, username, email, roles } = command;
    if (this.fate === 'unreachable') throw new AppError({ code: 'DOWN', status: 503 }, 'down');
    const known = this.made.get(creationId);
    if (known === null) throw new AppError({ code: 'CREATION_CANCELLED', status: 409 }, 'called off');
    if (known !== undefined) return known;
    const mistakes = mistakesIn(command);
    if (mistakes.length > 0) throw invalid(mistakes);
    if ([...this.made.values()].some(each => each?.username === username)) {
      throw new AppError({ code: 'USERNAME_TAKEN', status: 409 }, 'taken', {
        details: [{ field: 'username', message: 'is taken' }],
      });
    }
    const now = this.clock.now();
    const registered: UserRegistered = {
      userId: uuidv7(now),
      username,
      email,
      isActive: true,
      createdAt: now,
      roles: [...roles],
      creationId,
    };
    this.made.set(creationId, registered);
    if (this.fate === 'answer lost') {
      await this.publish(userRegistered, registered);
      throw new AppError({ code: 'LOST', status: 503 }, 'lost');
    }
    return registered;
  }

  async publish(type: string, data: unknown, id = uuidv7(Date.now())): Promise<void> {
    await this.shared.bus.publish([
      { id, type, version: 1, source: 'elsewhere', occurredAt: this.clock.now(), data },
    ]);
  }

  /** Somebody who registered by themselves. */
  async registered(facts: Partial<UserRegistered> = {}): Promise<UserRegistered> {
    const userId = uuidv7(Date.now());
    const username = `user-${userId.slice(-12)}`;
    const data: UserRegistered = {
      userId,
      username,
      email: `${username}@example.com`,
      isActive: true,
      createdAt: this.clock.now(),
      roles: ['user'],
      ...facts,
    };
    await this.publish(userRegistered, data);
    await eventually(async () =>
      expect(await this.rows('profiles', `user_id = '${userId}'`)).toHaveLength(1),
    );
    return data;
  }

  /** By default of somebody who signed in just now. */
  token({ claims, ...facts }: TokenFacts = {}): string {
    const now = Math.floor(this.clock.now() / 1000);
    return this.issuer.token({
      ...facts,
      claims: { iat: now, exp: now + 900, auth_time: now, ...claims },
    });
  }

  may(...permissions: string[]): string {
    return this.token({ permissions });
  }

  async ask<Data = Record<string, unknown>>(
    token: string | undefined,
    query: string,
    variables: Record<string, unknown> = {},
  ): Promise<Answer<Data>> {
    const response = await fetch(`${this.service.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify({ query, variables }),
    });
    const body = (await response.json()) as {
      data: Data;
      errors?: { extensions: { code: string; details: unknown } }[];
    };
    const error = body.errors?.[0]?.extensions;
    return { data: body.data, code: error?.code, details: error?.details };
  }

  /** Rows as the database has them. `table` is named without its schema. */
  async rows(table: string, where = '1 = 1'): Promise<Record<string, unknown>[]> {
    if (this.database === undefined) {
      const db = openSqlite(join(this.folder, 'users.db'), { readonly: true });
      try {
        return db.prepare(`SELECT * FROM ${table} WHERE ${where}`).all() as Record<string, unknown>[];
      } finally {
        db.close();
      }
    }
    return withClient(this.database.url, async client => {
      const { rows } = await client.query(`SELECT * FROM users.${table} WHERE ${where}`);
      return rows as Record<string, unknown>[];
    });
  }
}

function mistakesIn({ username, password }: AccountCommand) {
  return [
    ...(username.length < 3 ? [{ field: 'username', message: 'is too short' }] : []),
    ...(password !== undefined && password.length < 8
      ? [{ field: 'password', message: 'is too short' }]
      : []),
  ];
}
