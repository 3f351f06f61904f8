import { URI } from 'otpauth';
import { eventually } from '../../../platform/testing/eventually';
import { factorChanged } from '../events';
import {
  confirm,
  disable,
  enrol,
  type Mine,
  mine,
  noCode,
  outcome,
  SecondFactors,
} from '../testing/second-factors';
import { TestAuth } from '../testing/test-auth';

const auth = new TestAuth();
const {
  codeOf,
  wrongCode,
  nextStep,
  enrolled,
  protect,
  challenged,
  verify,
  events,
  register: somebody,
} = new SecondFactors(auth);

beforeAll(() => auth.start(), 60_000);
afterAll(() => auth.close());

const reset = 'mutation ($userId: ID!) { resetTotp(userId: $userId) { id totpEnabled } }';
const published = (userId: string) => auth.eventsAbout(userId, factorChanged).map(({ data }) => data);
const times = <T>(count: number, value: T) => Array<T>(count).fill(value);

describe('enrolling', () => {
  it('shows a secret that apps can read, and asks for nothing before it is confirmed', async () => {
    const ada = await auth.register();
    const { secret, uri } = await enrolled(ada.accessToken);
    expect(URI.parse(uri)).toMatchObject({ issuer: 'Plinth', label: ada.username });
    expect(URI.parse(uri).secret.base32).toBe(secret);
    expect((await auth.graphql<Mine>(ada.accessToken, mine)).data.me).toMatchObject({
      totpEnabled: false,
      recoveryCodesLeft: null,
    });
    expect((await auth.requestLogIn(ada.username, ada.password)).status).toBe(200);
    const [row] = await auth.database.rows('totp_factors', `account_id = '${ada.id}'`);
    expect(JSON.stringify(row)).not.toContain(secret);
    expect(row!['secret']).toMatch(/^v1\./);
  });

  it('again replaces what was not confirmed', async () => {
    const ada = await auth.register();
    const first = await enrolled(ada.accessToken);
    const second = await enrolled(ada.accessToken);
    expect(second.secret).not.toBe(first.secret);
    const old = await auth.graphql(ada.accessToken, confirm, { code: codeOf(first.secret) });
    expect([old.status, old.code]).toEqual([401, 'INVALID_CODE']);
    const right = await auth.graphql(ada.accessToken, confirm, { code: codeOf(second.secret) });
    expect(right.code).toBeUndefined();
    expect(await auth.database.rows('totp_factors', `account_id = '${ada.id}'`)).toHaveLength(1);
  });

  it('by ten at once leaves one secret, and it is that of one of them', async () => {
    const ada = await auth.register();
    const all = await Promise.all(times(10, 0).map(() => enrolled(ada.accessToken)));
    expect(await auth.database.rows('totp_factors', `account_id = '${ada.id}'`)).toHaveLength(1);
    const taken: unknown[] = [];
    // One after another: an account may be wrong only so often.
    for (const { secret } of all) {
      taken.push((await auth.graphql(ada.accessToken, confirm, { code: codeOf(secret) })).code);
      auth.clock.advance(1);
      await auth.database.update('login_throttles', 'failures = 0, blocked_until = 0', '1 = 1');
    }
    expect(taken.filter(code => code === undefined)).toHaveLength(1);
    nextStep();
  });

  it('comes before confirming, and is refused while a factor is on', async () => {
    const ada = await auth.register();
    expect((await auth.graphql(ada.accessToken, confirm, { code: noCode })).code).toBe('TOTP_NOT_ENROLLED');
    const { accessToken, secret } = await protect(ada);
    expect((await auth.graphql(accessToken, enrol)).code).toBe('TOTP_ALREADY_ENABLED');
    expect((await auth.graphql(accessToken, confirm, { code: codeOf(secret) })).code).toBe(
      'TOTP_ALREADY_ENABLED',
    );
    for (const code of ['', 'abc', '12345', { $ne: '' }, 5, null]) {
      expect((await auth.graphql(accessToken, confirm, { code })).status).toBe(422);
    }
  });
});

describe('confirming', () => {
  it('gives ten recovery codes once, stored as hashes, and notifies the owner', async () => {
    const { id, accessToken, recoveryCodes, username, email } = await somebody();
    expect(new Set(recoveryCodes).size).toBe(10);
    const rows = JSON.stringify(await auth.database.rows('recovery_codes', `account_id = '${id}'`));
    for (const code of recoveryCodes) {
      expect(rows).not.toContain(code);
      expect(rows).not.toContain(code.replaceAll('-', ''));
    }
    expect((await auth.graphql<Mine>(accessToken, mine)).data.me).toMatchObject({
      totpEnabled: true,
      recoveryCodesLeft: 10,
    });
    expect(await events(id)).toEqual(['TOTP_ENABLED']);
    await eventually(() => {
      expect(published(id)).toEqual([
        {
          userId: id,
          username,
          email,
          change: 'enabled',
          enabled: true,
          recoveryCodesLeft: 10,
          actorId: null,
          address: '127.0.0.1',
          device: expect.any(String),
        },
      ]);
    });
    expect(JSON.stringify(auth.events)).not.toContain(recoveryCodes[0]);
  });

  it('ends the sessions that a password alone began, and keeps the one it came from', async () => {
    const ada = await auth.register();
    const other = await auth.logIn(ada);
    const { accessToken } = await protect(ada);
    expect(await auth.me(accessToken)).toEqual([200, undefined]);
    expect(await auth.me(other.accessToken)).toEqual([401, 'TOKEN_REVOKED']);
    expect((await auth.refresh(other.refreshToken)).status).toBe(401);
  });

  it('leaves no session of a sign-in at the same moment that a password alone began', async () => {
    for (let i = 0; i < 5; i++) {
      const ada = await auth.register();
      const { secret } = await enrolled(ada.accessToken);
      const [confirmed, ...logins] = await Promise.all([
        auth.graphql(ada.accessToken, confirm, { code: codeOf(secret) }),
        ...times(4, 0).map(() => auth.requestLogIn(ada.username, ada.password)),
      ]);
      expect(confirmed.code).toBeUndefined();
      for (const login of logins) {
        if (outcome(login) === 'MFA_REQUIRED') continue;
        expect(login.status).toBe(200);
        expect(await auth.me(login.body['access_token'] as string)).toEqual([401, 'TOKEN_REVOKED']);
      }
      expect(
        await auth.database.rows('sessions', `account_id = '${ada.id}' AND revoked_at IS NULL`),
      ).toHaveLength(1);
    }
    nextStep();
  });

  it('twice at once happens once', async () => {
    const ada = await auth.register();
    const { secret } = await enrolled(ada.accessToken);
    const answers = await Promise.all(
      times(4, 0).map(() => auth.graphql(ada.accessToken, confirm, { code: codeOf(secret) })),
    );
    expect(answers.filter(({ code }) => code === undefined)).toHaveLength(1);
    expect(await auth.database.rows('recovery_codes', `account_id = '${ada.id}'`)).toHaveLength(10);
    nextStep();
  });
});

describe('who sees it', () => {
  const query = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on User { totpEnabled recoveryCodesLeft } } }`;
  const seen = async (token: string, id: string) =>
    (await auth.graphql<{ _entities: unknown[] }>(token, query, { r: [{ __typename: 'User', id }] })).data
      ._entities[0];

  it('is the owner, and whether it is on those who may reset it', async () => {
    const ada = await somebody();
    const [reader, officer] = [
      await auth.registerWith('users:read'),
      await auth.registerWith('users:read', 'users:reset-factors'),
    ];
    expect(await seen(ada.accessToken, ada.id)).toEqual({ totpEnabled: true, recoveryCodesLeft: 10 });
    expect(await seen(reader.accessToken, ada.id)).toEqual({
      totpEnabled: null,
      recoveryCodesLeft: null,
    });
    expect(await seen(officer.accessToken, ada.id)).toEqual({
      totpEnabled: true,
      recoveryCodesLeft: null,
    });
    expect(await seen(officer.accessToken, reader.id)).toMatchObject({ totpEnabled: false });
  });
});

describe('turning it off', () => {
  it.each(['app', 'recovery'])('accepts a code (%s), keeps sessions, and publishes the change', async way => {
    const ada = await somebody();
    const other = (await verify(await challenged(ada), ada.recoveryCodes[0]!)).body['access_token'];
    const bad = await auth.graphql(ada.accessToken, disable, { code: wrongCode(ada.secret) });
    expect([bad.status, bad.code]).toEqual([401, 'INVALID_CODE']);
    const code = way === 'app' ? codeOf(ada.secret) : ada.recoveryCodes[1];
    expect((await auth.graphql(ada.accessToken, disable, { code })).data).toEqual({
      disableTotp: { totpEnabled: false, recoveryCodesLeft: null },
    });
    for (const token of [ada.accessToken, other as string]) {
      expect(await auth.me(token)).toEqual([200, undefined]);
    }
    for (const table of ['totp_factors', 'recovery_codes', 'login_challenges']) {
      expect(await auth.database.rows(table, `account_id = '${ada.id}'`)).toEqual([]);
    }
    expect((await auth.requestLogIn(ada.username, ada.password)).status).toBe(200);
    expect((await auth.graphql(ada.accessToken, disable, { code: noCode })).code).toBe('TOTP_NOT_ENABLED');
    expect(await events(ada.id)).toContain('TOTP_DISABLED');
    await eventually(() => {
      expect(published(ada.id).at(-1)).toMatchObject({ change: 'disabled', enabled: false, actorId: null });
    });
    nextStep();
  });

  it('for somebody who lost all is an administrator’s, who is named', async () => {
    const officer = await auth.registerWith('users:reset-factors', 'users:read');
    const ada = await somebody();
    const { data } = await auth.graphql(officer.accessToken, reset, { userId: ada.id });
    expect(data).toEqual({ resetTotp: { id: ada.id, totpEnabled: false } });
    expect(await auth.me(ada.accessToken)).toEqual([401, 'TOKEN_REVOKED']);
    expect((await auth.requestLogIn(ada.username, ada.password)).status).toBe(200);
    const [event] = await auth.database.rows(
      'security_events',
      `account_id = '${ada.id}' AND type = 'TOTP_DISABLED'`,
    );
    expect(event!['actor_id']).toBe(officer.id);
    await eventually(() => {
      expect(published(ada.id).at(-1)).toMatchObject({
        change: 'disabled',
        actorId: officer.id,
        address: '',
      });
    });
    const attempt = async (token: string | undefined, userId: string) =>
      (await auth.graphql(token, reset, { userId })).code;
    expect(await attempt(officer.accessToken, ada.id)).toBe('TOTP_NOT_ENABLED');
    expect(await attempt(officer.accessToken, officer.id)).toBe('OWN_ACCOUNT');
    expect(await attempt(officer.accessToken, 'nobody')).toBe('NOT_FOUND');
    expect(await attempt((await auth.register()).accessToken, ada.id)).toBe('FORBIDDEN');
    const higher = await somebody();
    await auth.changeRoles(higher.id, ['editor'], ['files:*']);
    expect(await attempt(officer.accessToken, higher.id)).toBe('FORBIDDEN');
    expect(await attempt(undefined, ada.id)).toBe('UNAUTHENTICATED');
    auth.clock.advance(601_000);
    expect(await attempt(officer.accessToken, ada.id)).toBe('REAUTHENTICATION_REQUIRED');
  });
});
