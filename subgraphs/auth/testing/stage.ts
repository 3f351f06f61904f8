import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock } from '../../../platform/clock';
import { openSqlite } from '../../../platform/database/sqlite-driver';
import type { DomainEvent, Follower } from '../../../platform/events/event-bus';
import { uuidv7 } from '../../../platform/ids';
import { silentLogger } from '../../../platform/observability/logger';
import { openProcessContext, type ProcessContext } from '../../../platform/process';
import { Keyring } from '../../../platform/security/keyring';
import { openKeyring } from '../../../platform/security/keyring-settings';
import { eventually } from '../../../platform/testing/eventually';
import { newDatabase, withClient } from '../../../platform/testing/services';
import { readAuthConfig } from '../config';
import {
  type AccountTokenIssued,
  accountInvited,
  emailVerificationRequested,
  factorChanged,
  passwordChanged,
  passwordResetRequested,
  signedInFromNewDevice,
  type UserRolesChanged,
  userRolesChanged,
} from '../events';
import { type AuthService, startAuth } from '../main';

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
  headers: Headers;
  body: Record<string, unknown>;
}

export interface Person {
  id: string;
  username: string;
  email: string;
  password: string;
  accessToken: string;
  refreshToken: string;
}

export interface Servers {
  postgres: string;
  redis: string;
}

let people = 0;

/** What the notifications service turns into mail. */
const mailed = [
  emailVerificationRequested,
  passwordResetRequested,
  accountInvited,
  passwordChanged,
  signedInFromNewDevice,
  factorChanged,
];

/** The auth service, running for tests on a database of its own, with a clock that the test moves. */
export class Stage {
  readonly clock = new ManualClock(Date.now());
  /** What was announced, in order. */
  readonly announced: DomainEvent[] = [];
  service: AuthService;
  private shared: ProcessContext;
  private follower: Follower;
  private isUp = false;

  private constructor(
    readonly folder: string,
    private readonly environment: Record<string, string | undefined>,
    private readonly databaseUrl: string | undefined,
    private readonly dropDatabase: () => Promise<void>,
    private readonly shape: 'embedded' | 'alone',
  ) {}

  /** In one process on SQLite, or, with servers, as a service of its own. */
  static async start(servers?: Servers, environment: Record<string, string> = {}): Promise<Stage> {
    const stage = await Stage.empty(servers, environment);
    await stage.up();
    return stage;
  }

  /** With a database that nobody has opened yet, and no instance but those that `another` starts. */
  static async empty(servers?: Servers, environment: Record<string, string> = {}): Promise<Stage> {
    const folder = await mkdtemp(join(tmpdir(), 'plinth-auth-'));
    const database = servers && (await newDatabase(servers.postgres, 'auth'));
    return new Stage(
      folder,
      {
        AUTH_PORT: '0',
        DATA_DIR: folder,
        LOG_LEVEL: 'silent',
        BCRYPT_COST: '4',
        DATABASE_URL: database?.url,
        REDIS_URL: servers?.redis,
        ENCRYPTION_KEYS: servers && Keyring.generate('test'),
        SHUTDOWN_GRACE: '1',
        ...environment,
      },
      database?.url,
      database?.drop ?? (async () => {}),
      servers ? 'alone' : 'embedded',
    );
  }

  /** Stops and starts again with the same data, and other variables where they are given. */
  async restart(environment: Record<string, string> = {}): Promise<void> {
    await this.down();
    Object.assign(this.environment, environment);
    await this.up();
  }

  async stop(): Promise<void> {
    await this.down();
    await this.dropDatabase();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Another instance on the same database and bus, as a process of its own would be; with other variables if given. */
  async another(environment: Record<string, string> = {}): Promise<AuthService> {
    const config = readAuthConfig(this.shape, { ...this.environment, ...environment });
    const shared = this.connect(config.redisUrl);
    const service = await startAuth(config, shared).catch(async error => {
      await shared.close();
      throw error;
    });
    return {
      ...service,
      stop: async () => {
        await service.stop();
        await shared.close();
      },
    };
  }

  /** Somebody new. */
  async somebody(facts: Partial<Pick<Person, 'username' | 'email' | 'password'>> = {}): Promise<Person> {
    people += 1;
    const username = facts.username ?? `person-${people}-${randomBytes(4).toString('hex')}`;
    const email = facts.email ?? `${username}@example.com`;
    const password = facts.password ?? `a long enough secret ${people}`;
    const { status, body } = await this.rest('POST', '/register', { body: { username, email, password } });
    if (status !== 201) throw new Error(`register: ${status} ${JSON.stringify(body)}`);
    const { id } = body['user'] as { id: string };
    return {
      id,
      username,
      email,
      password,
      accessToken: body['access_token'] as string,
      refreshToken: body['refresh_token'] as string,
    };
  }

  /** Somebody new who may do these things. */
  async permitted(...permissions: string[]): Promise<Person> {
    const person = await this.somebody();
    await this.giveAccess(person.id, [permissions.includes('*') ? 'administrator' : 'clerk'], permissions);
    return { ...person, ...(await this.logIn(person)) };
  }

  /** Says what the users service says when roles changed, and waits until auth has told it on. */
  async giveAccess(userId: string, roles: string[], permissions: string[], at = Date.now()): Promise<void> {
    const data: UserRolesChanged = { changes: [{ userId, roles, permissions }] };
    const before = this.announced.length;
    const event = {
      id: uuidv7(Date.now()),
      type: userRolesChanged,
      version: 1,
      source: 'users',
      occurredAt: at,
    };
    await this.shared.bus.publish([{ ...event, data }]);
    await eventually(() => {
      const told = this.announced.slice(before).filter(each => each.type === 'access.changed');
      expect(told.some(each => (each.data as { userId: string }).userId === userId)).toBe(true);
    });
  }

  async publish(type: string, data: unknown, occurredAt = Date.now()): Promise<void> {
    await this.shared.bus.publish([
      { id: uuidv7(Date.now()), type, version: 1, source: 'users', occurredAt, data },
    ]);
  }

  /** What was announced of this type about somebody. */
  told(type: string, userId: string): DomainEvent[] {
    return this.announced.filter(
      event => event.type === type && (event.data as { userId: string }).userId === userId,
    );
  }

  /** The token of the link that was last mailed to somebody, opened as the notifications service opens it. */
  async mailedToken(type: string, userId: string, mails = 1): Promise<string> {
    await eventually(() => expect(this.told(type, userId)).toHaveLength(mails));
    const { sealedToken } = this.told(type, userId).at(-1)!.data as AccountTokenIssued;
    const keyring = await openKeyring(readAuthConfig(this.shape, this.environment));
    return keyring.decrypt(sealedToken, `event:${type}:${userId}`);
  }

  logInRest(username: string, password: string, at = this.service.url): Promise<RestAnswer> {
    return this.rest('POST', '/login', { body: { username, password }, at });
  }

  async logIn({ username, password }: Pick<Person, 'username' | 'password'>): Promise<{
    accessToken: string;
    refreshToken: string;
  }> {
    const { status, body } = await this.logInRest(username, password);
    if (status !== 200) throw new Error(`login: ${status} ${JSON.stringify(body)}`);
    return { accessToken: body['access_token'] as string, refreshToken: body['refresh_token'] as string };
  }

  refresh(refreshToken: string, at = this.service.url): Promise<RestAnswer> {
    return this.rest('POST', '/refresh', { body: { refresh_token: refreshToken }, at });
  }

  async ask<Data = Record<string, unknown>>(
    token: string | undefined,
    query: string,
    variables: Record<string, unknown> = {},
    at = this.service.url,
  ): Promise<GraphQLAnswer<Data>> {
    const response = await fetch(`${at}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...bearer(token) },
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

  async rest(
    method: string,
    path: string,
    options: {
      token?: string | undefined;
      body?: unknown;
      at?: string;
      headers?: Record<string, string>;
    } = {},
  ): Promise<RestAnswer> {
    const { token, body, at = this.service.url, headers } = options;
    const response = await fetch(`${at}${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...bearer(token),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>,
    };
  }

  /** The status and code with which `/me` answers this token; 200 and undefined when it is good. */
  async me(token: string, at = this.service.url): Promise<[number, unknown]> {
    const { status, body } = await this.rest('GET', '/me', { token, at });
    return [status, body['error']];
  }

  /** Rows as the database has them. `table` is named without its schema. */
  async rows(table: string, where = '1 = 1'): Promise<Record<string, unknown>[]> {
    return this.query(`SELECT * FROM ${this.databaseUrl ? 'auth.' : ''}${table} WHERE ${where}`);
  }

  /** Changes rows behind the service's back. */
  async change(table: string, set: string, where: string): Promise<void> {
    await this.query(`UPDATE ${this.databaseUrl ? 'auth.' : ''}${table} SET ${set} WHERE ${where}`);
  }

  private async query(sql: string): Promise<Record<string, unknown>[]> {
    if (this.databaseUrl === undefined) {
      const db = openSqlite(join(this.folder, 'auth.db'));
      try {
        const statement = db.prepare(sql);
        if (statement.reader) return statement.all() as Record<string, unknown>[];
        statement.run();
        return [];
      } finally {
        db.close();
      }
    }
    return withClient(this.databaseUrl, async client => {
      const { rows } = await client.query(sql);
      return rows as Record<string, unknown>[];
    });
  }

  private async up(): Promise<void> {
    const config = readAuthConfig(this.shape, this.environment);
    this.shared = this.connect(config.redisUrl);
    this.announced.length = 0;
    this.follower = await this.shared.bus.follow(
      ['user.registered', 'user.activationChanged', 'session.revoked', 'access.changed', ...mailed],
      this.clock.now(),
      event => this.announced.push(event),
    );
    this.service = await startAuth(config, this.shared);
    this.isUp = true;
  }

  /** The bus keeps real time, as Redis does: what is asked of it is moved by as much as the test's clock is. */
  private connect(redisUrl: string | undefined): ProcessContext {
    const shared = openProcessContext({ redisUrl, logger: silentLogger });
    const { bus } = shared;
    if (redisUrl !== undefined) {
      const follow = bus.follow.bind(bus);
      bus.follow = (types, since, handle) => follow(types, since - (this.clock.now() - Date.now()), handle);
    }
    return { ...shared, clock: this.clock };
  }

  private async down(): Promise<void> {
    if (!this.isUp) return;
    this.isUp = false;
    await this.service.stop();
    await this.follower.close();
    await this.shared.close();
  }
}

function bearer(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}
