import { uuidv7 } from '../../../platform/ids';
import { eventually } from '../../../platform/testing/eventually';
import { TestService } from '../../../platform/testing/test-service';
import type { TokenFacts } from '../../../platform/testing/token-issuer';
import { readUsersConfig } from '../config';
import {
  contactChanged,
  type RoleChanged,
  roleChanged,
  type UserRegistered,
  type UserRolesChanged,
  userRegistered,
  userRolesChanged,
} from '../events';
import { startUsers } from '../main';
import { FakeAuth } from './fake-auth';

/** All fields of a user that this service answers, for tests that read one. */
export const userFields =
  '{ id profile { firstName lastName phone locale timeZone avatarUrl metadata version } roles { name } permissions }';

export interface UserResult {
  id: string;
  profile: {
    firstName: string | null;
    lastName: string | null;
    phone: string | null;
    locale: string | null;
    timeZone: string | null;
    avatarUrl: string | null;
    metadata: object;
    version: number;
  } | null;
  roles: { name: string }[];
  permissions: string[];
}

/** The users service under test, beside a fake auth. */
export class TestUsers extends TestService {
  auth!: FakeAuth;

  constructor() {
    super({
      name: 'users',
      start: async (shape, variables, context) =>
        startUsers(readUsersConfig(shape, { ...variables, AUTH_URL: this.auth.url }), context),
      events: [
        'user.deletionRequested',
        'user.exportRequested',
        userRolesChanged,
        roleChanged,
        contactChanged,
      ],
    });
  }

  override async prepare(): Promise<void> {
    await super.prepare();
    this.auth = await FakeAuth.start({
      keyring: this.keyring,
      clock: this.clock,
      publish: event => this.publish(userRegistered, event),
    });
  }

  override async close(): Promise<void> {
    await super.close();
    await this.auth.close();
  }

  /** Publishes the event that auth publishes, and waits until the profile is there. */
  async registerAccount(input: Partial<UserRegistered> & { eventId?: string } = {}): Promise<UserRegistered> {
    const { eventId, ...facts } = input;
    const userId = facts.userId ?? uuidv7(Date.now());
    const username = facts.username ?? `user-${userId.slice(-12)}`;
    const data: UserRegistered = {
      userId,
      username,
      email: `${username}@example.com`,
      isActive: true,
      createdAt: this.clock.now(),
      roles: ['user'],
      ...facts,
    };
    await this.publish(userRegistered, data, { ...(eventId === undefined ? {} : { id: eventId }) });
    await eventually(async () =>
      expect(await this.database.rows('profiles', `user_id = '${userId}'`)).toHaveLength(1),
    );
    return data;
  }

  /** Like `registerAccount`; answers the user's id. */
  async register(input: Partial<UserRegistered> & { eventId?: string } = {}): Promise<string> {
    return (await this.registerAccount(input)).userId;
  }

  /** An access token, by default of a user who signed in just now. */
  token({ claims, ...facts }: TokenFacts = {}): string {
    const signedInAt = Math.floor(this.clock.now() / 1000);
    return this.auth.issuer.token({ ...facts, claims: { auth_time: signedInAt, ...claims } });
  }

  /** An access token with these permissions, of a user without a profile. */
  tokenWith(...permissions: string[]): string {
    return this.token({ permissions });
  }

  async user(userId: string, token = this.tokenWith('users:read')): Promise<UserResult | null> {
    const query = `query ($id: ID!) { user(id: $id) ${userFields} }`;
    return (await this.graphql<{ user: UserResult | null }>(token, query, { id: userId })).data.user;
  }

  get roleChanges(): UserRolesChanged[] {
    return this.events
      .filter(({ type }) => type === userRolesChanged)
      .map(({ data }) => data as UserRolesChanged);
  }

  /** What was told of changes of a role. */
  changesOfRole(roleId: string): (RoleChanged & { occurredAt: number })[] {
    return this.events
      .filter(({ type }) => type === roleChanged)
      .map(({ data, occurredAt }) => ({ ...(data as RoleChanged), occurredAt }))
      .filter(change => change.roleId === roleId);
  }
}
