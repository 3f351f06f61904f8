import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqlite } from '../../../platform/database/sqlite-driver';
import type { Follower } from '../../../platform/events/event-bus';
import { uuidv7 } from '../../../platform/ids';
import { silentLogger } from '../../../platform/observability/logger';
import { openProcessContext, type ProcessContext, type RunningService } from '../../../platform/process';
import { Keyring } from '../../../platform/security/keyring';
import { eventually } from '../../../platform/testing/eventually';
import { newDatabase, withClient } from '../../../platform/testing/services';
import { type TokenFacts, TokenIssuer } from '../../../platform/testing/token-issuer';
import { readUsersConfig } from '../config';
import { type UserRegistered, type UserRolesChanged, userRegistered, userRolesChanged } from '../events';
import { startUsers } from '../main';

export interface GraphQLAnswer<Data> {
  data: Data;
  /** Of the first error; undefined when there is none. */
  code: string | undefined;
  status: number | undefined;
  details: unknown;
  text: string;
}

export interface RestAnswer {
  status: number;
  body: unknown;
}

/** Everything a user's fields may say, for tests that look at one. */
export const userFields =
  '{ id profile { firstName lastName phone avatarUrl metadata version } roles { name } permissions }';

export interface UserAnswer {
  id: string;
  profile: {
    firstName: string | null;
    lastName: string | null;
    phone: string | null;
    avatarUrl: string | null;
    metadata: object;
    version: number;
  } | null;
  roles: { name: string }[];
  permissions: string[];
}

/** The users service, running for tests on a database of its own, with somebody who signs tokens for it. */
export class Stage {
  /** What was announced, in order. */
  readonly announced: UserRolesChanged[] = [];
  private follower: Follower | undefined;

  private constructor(
    readonly service: RunningService,
    readonly shared: ProcessContext,
    readonly issuer: TokenIssuer,
    private readonly folder: string,
    private readonly databaseUrl: string | undefined,
    private readonly dropDatabase: () => Promise<void>,
  ) {}

  /** In one process on SQLite, or, with servers, as a service of its own. */
  static async start(servers?: { postgres: string; redis: string }): Promise<Stage> {
    const folder = await mkdtemp(join(tmpdir(), 'plinth-users-'));
    const issuer = await TokenIssuer.start();
    const database = servers && (await newDatabase(servers.postgres, 'users'));
    const config = readUsersConfig(servers ? 'alone' : 'embedded', {
      USERS_PORT: '0',
      AUTH_URL: issuer.url,
      DATA_DIR: folder,
      LOG_LEVEL: 'silent',
      DATABASE_URL: database?.url,
      REDIS_URL: servers?.redis,
      ENCRYPTION_KEYS: servers && Keyring.generate('test'),
      SHUTDOWN_GRACE: '1',
    });
    const shared = openProcessContext({ redisUrl: config.redisUrl, logger: silentLogger });
    const service = await startUsers(config, shared);
    const stage = new Stage(
      service,
      shared,
      issuer,
      folder,
      database?.url,
      database?.drop ?? (async () => {}),
    );
    stage.follower = await shared.bus.follow([userRolesChanged], Date.now(), event => {
      stage.announced.push(event.data as UserRolesChanged);
    });
    return stage;
  }

  async stop(): Promise<void> {
    await this.follower?.close();
    await this.service.stop();
    await this.shared.close();
    await this.issuer.close();
    await this.dropDatabase();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Publishes the event that auth publishes, and waits until the profile is there. */
  async register(facts: Partial<UserRegistered> & { eventId?: string } = {}): Promise<string> {
    const { eventId, ...rest } = facts;
    const userId = rest.userId ?? uuidv7(Date.now());
    const username = rest.username ?? `user-${randomUUID().slice(0, 8)}`;
    const data: UserRegistered = {
      userId,
      username,
      email: `${username}@example.com`,
      isActive: true,
      createdAt: Date.now(),
      roles: ['user'],
      ...rest,
    };
    await this.publish(userRegistered, data, eventId);
    await eventually(async () => {
      const { data: found } = await this.ask<{ user: unknown }>(
        this.token({ userId }),
        'query ($id: ID!) { user(id: $id) { id } }',
        { id: userId },
      );
      expect(found.user).not.toBeNull();
    });
    return userId;
  }

  async publish(type: string, data: unknown, id = uuidv7(Date.now())): Promise<void> {
    await this.shared.bus.publish([{ id, type, version: 1, source: 'auth', occurredAt: Date.now(), data }]);
  }

  token(facts: TokenFacts = {}): string {
    return this.issuer.token(facts);
  }

  /** A token that may do these things, of somebody who has no profile. */
  may(...permissions: string[]): string {
    return this.token({ permissions });
  }

  async ask<Data = Record<string, unknown>>(
    token: string | undefined,
    query: string,
    variables: Record<string, unknown> = {},
  ): Promise<GraphQLAnswer<Data>> {
    const response = await fetch(`${this.service.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify({ query, variables }),
    });
    const text = await response.text();
    const body = JSON.parse(text) as {
      data: Data;
      errors?: { extensions: { code: string; details: unknown; http: { status: number } } }[];
    };
    const error = body.errors?.[0]?.extensions;
    return { data: body.data, code: error?.code, status: error?.http.status, details: error?.details, text };
  }

  async rest(token: string | undefined, method: string, path: string, body?: unknown): Promise<RestAnswer> {
    const response = await fetch(`${this.service.url}${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as unknown };
  }

  async user(userId: string, token = this.may('users:read')): Promise<UserAnswer | null> {
    const query = `query ($id: ID!) { user(id: $id) ${userFields} }`;
    return (await this.ask<{ user: UserAnswer | null }>(token, query, { id: userId })).data.user;
  }

  /** Rows as the database has them. `table` is named without its schema. */
  async rows(table: string, where = '1 = 1'): Promise<Record<string, unknown>[]> {
    if (this.databaseUrl === undefined) {
      const db = openSqlite(join(this.folder, 'users.db'), { readonly: true });
      try {
        return db.prepare(`SELECT * FROM ${table} WHERE ${where}`).all() as Record<string, unknown>[];
      } finally {
        db.close();
      }
    }
    return withClient(this.databaseUrl, async client => {
      const { rows } = await client.query(`SELECT * FROM users.${table} WHERE ${where}`);
      return rows as Record<string, unknown>[];
    });
  }
}
