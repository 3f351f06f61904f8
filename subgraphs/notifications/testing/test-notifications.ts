import { randomUUID } from 'node:crypto';
import type { Environment } from '../../../platform/config';
import { uuidv7 } from '../../../platform/ids';
import { userDataErased, userDataExported } from '../../../platform/personal-data';
import { Keyring } from '../../../platform/security/keyring';
import { eventually } from '../../../platform/testing/eventually';
import type { GraphQLResult } from '../../../platform/testing/graphql-client';
import { TestService } from '../../../platform/testing/test-service';
import { type TokenFacts, TokenIssuer } from '../../../platform/testing/token-issuer';
import { readNotificationsConfig } from '../config';
import { type ContactChanged, contactChanged, type UserRegistered, userRegistered } from '../events';
import { startNotifications } from '../main';

export interface Shown {
  id: string;
  status: string;
  channel: string;
  recipient: string;
  subject: string | null;
  content: string | null;
  attempts: { provider: string; status: string; error: string | null }[];
}

export interface Caught {
  id: string;
  channel: string;
  recipient: string;
  subject: string | null;
  content: string;
  contentType: string;
  text: string;
  unsubscribeUrl: string | null;
}

const shown = '{ id status channel recipient subject content attempts { provider status error } }';

/** An email without a recipient. */
export const hello = { channel: 'EMAIL', subject: 'Hi', content: 'Hello' };

export const newAddress = (): string => `${randomUUID()}@example.com`;

/** The notifications service under test, with an issuer that signs tokens for it. */
export class TestNotifications extends TestService {
  issuer!: TokenIssuer;

  constructor(environment: Record<string, string> = {}) {
    super({
      name: 'notifications',
      start: async (shape, variables, context) =>
        startNotifications(
          readNotificationsConfig(shape, { ...variables, AUTH_URL: this.issuer.url }),
          context,
        ),
      environment: { DEV_MAILBOX: 'on', ...environment },
      events: [userDataErased, userDataExported],
    });
  }

  override async prepare(): Promise<void> {
    await super.prepare();
    this.issuer = await TokenIssuer.start(undefined, this.clock);
  }

  override async close(): Promise<void> {
    await super.close();
    await this.issuer.close();
  }

  /** Stops, does something about the data with the variables of the service at hand, and starts again. */
  async whileStopped(work: (environment: Environment) => Promise<void>): Promise<void> {
    await this.stopInstance();
    await work({ ...this.environment, AUTH_URL: this.issuer.url });
    await this.startInstance();
  }

  /** An access token. */
  token(facts: TokenFacts = {}): string {
    return this.issuer.token(facts);
  }

  /** An access token with these permissions. */
  tokenWith(...permissions: string[]): string {
    return this.token({ permissions });
  }

  /** Publishes the event that auth publishes, and waits until the user can be sent to. */
  async register(facts: Partial<UserRegistered> = {}): Promise<UserRegistered> {
    const user = { userId: uuidv7(Date.now()), email: newAddress(), isActive: true, ...facts };
    await this.publish(userRegistered, user);
    await eventually(async () =>
      expect(await this.database.rows('recipients', `user_id = '${user.userId}'`)).toHaveLength(1),
    );
    return user;
  }

  /** Publishes the event of users about the profile, of its second version unless another is given, and waits until it is known. */
  async tellContact(
    contact: { userId: string; phone?: string | null } & Partial<Omit<ContactChanged, 'sealedPhone'>>,
  ): Promise<void> {
    const { userId, phone = null, locale = null, timeZone = null, version = 2 } = contact;
    const sealedPhone = phone && this.seal(contactChanged, userId, phone);
    await this.publish(contactChanged, { userId, sealedPhone, locale, timeZone, version });
    await eventually(async () => {
      const [row] = await this.database.rows('recipients', `user_id = '${userId}'`);
      expect(Number(row!['profile_version'])).toBeGreaterThanOrEqual(version);
    });
  }

  /** A secret of an event about a user, as auth and users seal it with the keys at hand. */
  seal(type: string, userId: string, secret: string): string {
    const keyring = new Keyring(this.environment['ENCRYPTION_KEYS']!);
    return keyring.encrypt(secret, `event:${type}:${userId}`);
  }

  trySend(
    input: object,
    token = this.tokenWith('notifications:send'),
    url = this.url,
  ): Promise<GraphQLResult<{ sendNotification: Shown[] | null }>> {
    const query = `mutation ($input: SendNotificationInput!) { sendNotification(input: $input) ${shown} }`;
    return this.graphql(token, query, { input }, url);
  }

  /** A request that must be accepted. @returns its first notification */
  async send(input: object, token?: string): Promise<Shown> {
    const { data, text } = await this.trySend(input, token);
    const [first] = data?.sendNotification ?? [];
    if (first === undefined) throw new Error(`sendNotification: ${text}`);
    return first;
  }

  async notification(id: string, token = this.tokenWith('notifications:read')): Promise<Shown | null> {
    const query = `query ($id: ID!) { notification(id: $id) ${shown} }`;
    return (await this.graphql<{ notification: Shown | null }>(token, query, { id })).data.notification;
  }

  /** The notification, once it has this status. */
  async settled(id: string, status: 'SENT' | 'FAILED' = 'SENT', patienceMs?: number): Promise<Shown> {
    return eventually(async () => {
      const found = await this.notification(id);
      expect([found?.status, found?.attempts]).toEqual([status, expect.anything()]);
      return found!;
    }, patienceMs);
  }

  /** The notification, once it had so many attempts. */
  async attempted(id: string, attempts: number): Promise<Shown> {
    return eventually(async () => {
      const found = await this.notification(id);
      expect(found?.attempts).toHaveLength(attempts);
      return found!;
    });
  }

  /** The messages in the dev mailbox, the newest first. */
  async mailbox(search: string): Promise<Caught[]> {
    const query = `query ($search: String) {
      mailbox(search: $search) { nodes { id channel recipient subject content text contentType unsubscribeUrl } }
    }`;
    const { data } = await this.graphql<{ mailbox: { nodes: Caught[] } }>(undefined, query, { search });
    return data.mailbox.nodes;
  }
}
