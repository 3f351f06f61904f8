import { randomBytes } from 'node:crypto';
import { uuidv7 } from '../../../platform/ids';
import { eventually } from '../../../platform/testing/eventually';
import type { RestResult } from '../../../platform/testing/rest-client';
import { TestService } from '../../../platform/testing/test-service';
import { readAuthConfig } from '../config';
import {
  type AccountTokenIssued,
  accountActivationChanged,
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

export interface TestUser {
  id: string;
  username: string;
  email: string;
  password: string;
  accessToken: string;
  refreshToken: string;
}

/** Published by auth. The last six become mails in the notifications service. */
const events = [
  'user.registered',
  'user.activationChanged',
  'session.revoked',
  'access.changed',
  emailVerificationRequested,
  passwordResetRequested,
  accountInvited,
  passwordChanged,
  signedInFromNewDevice,
  factorChanged,
  accountActivationChanged,
];

let users = 0;

/** The auth service under test. */
export class TestAuth extends TestService<AuthService> {
  constructor(environment: Record<string, string> = {}) {
    super({
      name: 'auth',
      start: async (shape, variables, context) => startAuth(readAuthConfig(shape, variables), context),
      environment: { BCRYPT_COST: '4', ...environment },
      events,
    });
  }

  async register(input: Partial<Pick<TestUser, 'username' | 'email' | 'password'>> = {}): Promise<TestUser> {
    users += 1;
    const username = input.username ?? `user-${users}-${randomBytes(4).toString('hex')}`;
    const email = input.email ?? `${username}@example.com`;
    const password = input.password ?? `a long enough secret ${users}`;
    const { status, body } = await this.rest('POST', '/register', { body: { username, email, password } });
    if (status !== 201) throw new Error(`register: ${status} ${JSON.stringify(body)}`);
    const { id } = body['user'] as { id: string };
    return { id, username, email, password, ...tokensOf(body) };
  }

  /** A new user with these permissions, signed in with them. */
  async registerWith(...permissions: string[]): Promise<TestUser> {
    const user = await this.register();
    await this.changeRoles(user.id, [permissions.includes('*') ? 'administrator' : 'clerk'], permissions);
    return { ...user, ...(await this.logIn(user)) };
  }

  /** Publishes what the users service does when roles change, and waits until auth has taken it over. */
  async changeRoles(userId: string, roles: string[], permissions: string[], at = Date.now()): Promise<void> {
    const data: UserRolesChanged = { changes: [{ userId, roles, permissions }] };
    const before = this.eventsAbout(userId, 'access.changed').length;
    await this.publish(userRolesChanged, data, { id: uuidv7(Date.now()), occurredAt: at, source: 'users' });
    await eventually(() => expect(this.eventsAbout(userId, 'access.changed').length).toBeGreaterThan(before));
  }

  /** The token of the link that was mailed last, decrypted as the notifications service does it. */
  async mailedToken(type: string, userId: string, mails = 1): Promise<string> {
    await eventually(() => expect(this.eventsAbout(userId, type)).toHaveLength(mails));
    const { sealedToken } = this.eventsAbout(userId, type).at(-1)!.data as AccountTokenIssued;
    return this.keyring.decrypt(sealedToken, `event:${type}:${userId}`);
  }

  requestLogIn(username: string, password: string, url = this.url): Promise<RestResult> {
    return this.rest('POST', '/login', { body: { username, password }, url });
  }

  async logIn({
    username,
    password,
  }: Pick<TestUser, 'username' | 'password'>): Promise<Pick<TestUser, 'accessToken' | 'refreshToken'>> {
    const { status, body } = await this.requestLogIn(username, password);
    if (status !== 200) throw new Error(`login: ${status} ${JSON.stringify(body)}`);
    return tokensOf(body);
  }

  refresh(refreshToken: string, url = this.url): Promise<RestResult> {
    return this.rest('POST', '/refresh', { body: { refresh_token: refreshToken }, url });
  }

  /** The status and error code with which `/me` answers this token: 200 and undefined when it is accepted. */
  async me(token: string, url = this.url): Promise<[number, unknown]> {
    const { status, body } = await this.rest('GET', '/me', { token, url });
    return [status, body['error']];
  }
}

function tokensOf(body: Record<string, unknown>): Pick<TestUser, 'accessToken' | 'refreshToken'> {
  return { accessToken: body['access_token'] as string, refreshToken: body['refresh_token'] as string };
}
