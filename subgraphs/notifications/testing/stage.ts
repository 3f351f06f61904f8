import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '../../../platform/config';
import { uuidv7 } from '../../../platform/ids';
import { silentLogger } from '../../../platform/observability/logger';
import { openProcessContext, type ProcessContext, type RunningService } from '../../../platform/process';
import { Keyring } from '../../../platform/security/keyring';
import { newRedisDatabase, testBackend } from '../../../platform/testing/backend';
import { eventually } from '../../../platform/testing/eventually';
import { TestDatabase } from '../../../platform/testing/test-database';
import { type TokenFacts, TokenIssuer } from '../../../platform/testing/token-issuer';
import { readNotificationsConfig } from '../config';
import { startNotifications } from '../main';

export interface Answer<Data> {
  data: Data;
  code: string | undefined;
  details: unknown;
  text: string;
}

export interface Shown {
  id: string;
  status: string;
  recipient: string;
  subject: string | null;
  content: string | null;
  attempts: { provider: string; status: string; error: string | null }[];
}

const shown = '{ id status recipient subject content attempts { provider status error } }';

/** The notifications service, running for tests on a database of its own, with an issuer that signs tokens for it. */
export class Stage {
  readonly keyring: Keyring;
  private service: RunningService | undefined;
  private shared: ProcessContext | undefined;

  private constructor(
    readonly issuer: TokenIssuer,
    private readonly folder: string,
    private readonly environment: Environment,
    private readonly dropDatabase: () => Promise<void>,
  ) {
    this.keyring = new Keyring(environment['ENCRYPTION_KEYS']!);
  }

  static async start(environment: Environment = {}): Promise<Stage> {
    const folder = await mkdtemp(join(tmpdir(), 'plinth-notifications-'));
    const issuer = await TokenIssuer.start();
    const backend = testBackend();
    const database = await TestDatabase.create('notifications', folder, backend);
    const stage = new Stage(
      issuer,
      folder,
      {
        NOTIFICATIONS_PORT: '0',
        AUTH_URL: issuer.url,
        DATA_DIR: folder,
        LOG_LEVEL: 'silent',
        DATABASE_URL: database.url,
        REDIS_URL: backend && (await newRedisDatabase(backend.redis)),
        ENCRYPTION_KEYS: Keyring.generate('test'),
        SHUTDOWN_GRACE: '1',
        DEV_MAILBOX: 'on',
        DELIVERY_FIRST_PAUSE: '20',
        DELIVERY_LEASE: '2',
        ...environment,
      },
      () => database.drop(),
    );
    await stage.open();
    return stage;
  }

  /** Starts the service, again after `close`. */
  async open(environment: Environment = {}): Promise<void> {
    const config = readNotificationsConfig(testBackend() ? 'alone' : 'embedded', {
      ...this.environment,
      ...environment,
    });
    this.shared = openProcessContext({ redisUrl: config.redisUrl, logger: silentLogger });
    this.service = await startNotifications(config, this.shared);
  }

  async close(): Promise<void> {
    await this.service?.stop();
    await this.shared?.close();
  }

  async stop(): Promise<void> {
    await this.close();
    await this.issuer.close();
    await this.dropDatabase();
    await rm(this.folder, { recursive: true, force: true });
  }

  get url(): string {
    return this.service!.url;
  }

  get bus(): ProcessContext['bus'] {
    return this.shared!.bus;
  }

  async publish(type: string, data: unknown, id = uuidv7(Date.now())): Promise<void> {
    await this.bus.publish([{ id, type, version: 1, source: 'auth', occurredAt: Date.now(), data }]);
  }

  /** The token of an account mail as auth seals it. */
  seal(type: string, userId: string, token: string): string {
    return this.keyring.encrypt(token, `event:${type}:${userId}`);
  }

  token(facts: TokenFacts = {}): string {
    return this.issuer.token(facts);
  }

  may(...permissions: string[]): string {
    return this.token({ permissions });
  }

  async ask<Data = Record<string, unknown>>(
    token: string | undefined,
    query: string,
    variables: Record<string, unknown> = {},
  ): Promise<Answer<Data>> {
    const response = await fetch(`${this.url}/graphql`, {
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
      errors?: { extensions: { code: string; details: unknown } }[];
    };
    const error = body.errors?.[0]?.extensions;
    return { data: body.data, code: error?.code, details: error?.details, text };
  }

  async send(
    input: object,
    token = this.may('notifications:send'),
  ): Promise<Answer<{ sendNotification: Shown[] }>> {
    return this.ask(
      token,
      `mutation ($input: SendNotificationInput!) { sendNotification(input: $input) ${shown} }`,
      { input },
    );
  }

  async notification(id: string, token = this.may('notifications:read')): Promise<Shown | null> {
    const query = `query ($id: ID!) { notification(id: $id) ${shown} }`;
    return (await this.ask<{ notification: Shown | null }>(token, query, { id })).data.notification;
  }

  /** The notification, once it has this status. */
  async settled(id: string, status: 'SENT' | 'FAILED'): Promise<Shown> {
    return eventually(async () => {
      const found = await this.notification(id);
      expect(found?.status).toBe(status);
      return found!;
    });
  }

  async rest(token: string | undefined, method: string, path: string, body?: unknown) {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, never> };
  }
}
