import { randomBytes } from 'node:crypto';
import { uuidv7 } from '../../../platform/ids';
import { eventually } from '../../../platform/testing/eventually';
import { emailVerificationRequested, passwordResetRequested, type RoleChanged, roleChanged } from '../events';
import { TestAuth, type TestUser } from '../testing/test-auth';

interface SecurityEvent {
  id: string;
  userId: string;
  type: string;
  occurredAt: string;
  actorId: string | null;
  address: string;
  device: string;
  userAgent: string;
  traceId: string | null;
  details: Record<string, unknown>;
}

interface Connection {
  nodes: SecurityEvent[];
  edges: { cursor: string; node: { id: string } }[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

const page = `{ nodes { id userId type occurredAt actorId address device userAgent traceId details }
  edges { cursor node { id } } pageInfo { hasNextPage endCursor } }`;

const mine = `query ($first: Int, $after: String) { me { securityEvents(first: $first, after: $after) ${page} } }`;

const ofUsers = `query ($r: [_Any!]!, $first: Int, $after: String) {
  _entities(representations: $r) { ... on User { id securityEvents(first: $first, after: $after) ${page} } } }`;

const all = `query ($filter: SecurityEventFilter, $first: Int, $after: String) {
  securityEvents(filter: $filter, first: $first, after: $after) ${page} }`;

const wrong = 'not the right password';

const another = 'another long enough secret';

const hour = 60 * 60_000;

const auth = new TestAuth();

beforeAll(() => auth.start(), 60_000);
afterAll(() => auth.close());

const times = <T>(count: number, value: T) => Array<T>(count).fill(value);
const ownEvents = async (token: string, variables: object = { first: 100 }) =>
  (await auth.graphql<{ me: { securityEvents: Connection } }>(token, mine, { ...variables })).data.me
    .securityEvents;
const typesOf = async (token: string) => (await ownEvents(token)).nodes.map(({ type }) => type);
const search = (token: string | undefined, filter: object, variables: object = {}) =>
  auth.graphql<{ securityEvents: Connection }>(token, all, { filter, first: 100, ...variables });
const found = async (token: string, filter: object, variables: object = {}) => {
  const { data, text } = await search(token, filter, variables);
  if (data === null) throw new Error(text);
  return data.securityEvents;
};
/** In a tick of its own: events of one millisecond have no order among themselves. */
const then = async <T>(deed: () => Promise<T>) => {
  auth.clock.advance(1);
  return deed();
};
beforeEach(() => auth.clock.advance(hour));

describe('notify the owner', () => {
  it('what was done, when, with what, from where, and in which trace', async () => {
    const ada = await auth.register();
    const traceId = randomBytes(16).toString('hex');
    const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
    const login = await then(() =>
      auth.rest('POST', '/login', {
        body: { username: ada.username, password: ada.password },
        headers: {
          'user-agent': firefox,
          'x-forwarded-for': '203.0.113.9',
          traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-01`,
        },
      }),
    );
    const token = login.body['access_token'] as string;
    const [signedIn, registered, ...rest] = (await ownEvents(token)).nodes;
    expect(rest).toEqual([]);
    const [session] = await auth.database.rows(
      'sessions',
      `account_id = '${ada.id}' AND address = '203.0.113.9'`,
    );
    expect(signedIn).toEqual({
      id: expect.any(String),
      userId: ada.id,
      type: 'SIGNED_IN',
      occurredAt: new Date(auth.clock.now()).toISOString(),
      actorId: null,
      address: '203.0.113.9',
      device: 'Firefox on Linux',
      userAgent: firefox,
      traceId,
      details: { sessionId: session!['id'] },
    });
    expect(registered).toMatchObject({
      type: 'REGISTERED',
      address: '127.0.0.1',
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
  });

  it('of sign-ins that failed and sessions that ended', async () => {
    const ada = await auth.register();
    await then(() => auth.requestLogIn(ada.username, wrong));
    const other = await then(() => auth.logIn(ada));
    await then(() => auth.graphql(other.accessToken, 'mutation { revokeSessions(scope: OTHERS) }'));
    const spent = other.refreshToken;
    await then(() => auth.refresh(spent));
    auth.clock.advance(10_000);
    await then(() => auth.refresh(spent));
    const third = await then(() => auth.logIn(ada));
    await then(() => auth.rest('POST', '/logout', { token: third.accessToken }));
    const last = await then(() => auth.logIn(ada));
    expect(await typesOf(last.accessToken)).toEqual([
      'SIGNED_IN',
      'SIGNED_OUT',
      'SIGNED_IN',
      'REFRESH_TOKEN_REUSED',
      'SESSIONS_REVOKED',
      'SIGNED_IN',
      'SIGN_IN_FAILED',
      'REGISTERED',
    ]);
    const { nodes } = await ownEvents(last.accessToken);
    expect(nodes[1]!.details).toEqual({ sessionIds: [nodes[2]!.details['sessionId']] });
    // A revocation that ended no session is no event.
    await auth.graphql(last.accessToken, 'mutation { revokeSessions(scope: OTHERS) }');
    expect(await typesOf(last.accessToken)).toHaveLength(8);
  });

  it('of verified emails and new passwords', async () => {
    const ada = await auth.register();
    const verification = await auth.mailedToken(emailVerificationRequested, ada.id);
    await then(() => auth.graphql(undefined, `mutation { verifyEmail(token: "${verification}") }`));
    const change = (current: string, next: string) =>
      auth.graphql(
        ada.accessToken,
        'mutation ($c: String!, $n: String!) { changePassword(currentPassword: $c, newPassword: $n) }',
        { c: current, n: next },
      );
    await then(() => change(wrong, another));
    await then(() => change(ada.password, another));
    await then(() => auth.graphql(undefined, `mutation { requestPasswordReset(email: "${ada.email}") }`));
    const token = await auth.mailedToken(passwordResetRequested, ada.id);
    await then(() =>
      auth.graphql(
        undefined,
        `mutation { resetPassword(token: "${token}", newPassword: "${ada.password}") }`,
      ),
    );
    const { accessToken } = await then(() => auth.logIn(ada));
    expect(await typesOf(accessToken)).toEqual([
      'SIGNED_IN',
      'PASSWORD_RESET',
      'PASSWORD_RESET_REQUESTED',
      'PASSWORD_CHANGED',
      'SIGN_IN_FAILED',
      'EMAIL_VERIFIED',
      'REGISTERED',
    ]);
    const stored = JSON.stringify(await auth.database.rows('security_events', `account_id = '${ada.id}'`));
    for (const secret of [verification, token, ada.password, another, wrong, accessToken]) {
      expect(stored).not.toContain(secret);
    }
  });

  it('who did it, where somebody else did', async () => {
    const officer = await auth.registerWith(
      'users:activate',
      'sessions:revoke',
      'sessions:read',
      'api-keys:revoke',
      'users:read',
      'api-keys:write',
      'files:read',
    );
    const ada = await auth.registerWith('api-keys:write', 'files:read');
    const by = (token: string, query: string, id: string) => then(() => auth.graphql(token, query, { id }));
    const { data } = await then(() =>
      auth.graphql<{ createApiKey: { key: string; apiKey: { id: string; prefix: string } } }>(
        ada.accessToken,
        'mutation { createApiKey(input: { name: "report", scopes: ["files:read"] }) { key apiKey { id prefix } } }',
      ),
    );
    const { key, apiKey } = data.createApiKey;
    await by(officer.accessToken, 'mutation ($id: ID!) { revokeApiKey(id: $id) { id } }', apiKey.id);
    const other = await then(() => auth.logIn(ada));
    const [session] = (await ownEvents(other.accessToken)).nodes;
    await by(
      officer.accessToken,
      'mutation ($id: ID!) { revokeSession(id: $id) }',
      session!.details['sessionId'] as string,
    );
    await by(officer.accessToken, 'mutation ($id: ID!) { deactivateUser(id: $id) { id } }', ada.id);
    await by(officer.accessToken, 'mutation ($id: ID!) { reactivateUser(id: $id) { id } }', ada.id);
    await by(officer.accessToken, 'mutation ($id: ID!) { reactivateUser(id: $id) { id } }', ada.id);
    const { accessToken } = await then(() => auth.logIn(ada));
    const { nodes } = await ownEvents(accessToken);
    expect(nodes.slice(0, 7).map(({ type, actorId }) => [type, actorId])).toEqual([
      ['SIGNED_IN', null],
      ['REACTIVATED', officer.id],
      ['SUSPENDED', officer.id],
      ['SESSIONS_REVOKED', officer.id],
      ['SIGNED_IN', null],
      ['API_KEY_REVOKED', officer.id],
      ['API_KEY_CREATED', null],
    ]);
    // Where an administrator sits is theirs: the owner learns who, an auditor also from where.
    expect(nodes[2]).toMatchObject({ address: '', userAgent: '', device: 'Unknown device' });
    const auditor = await auth.registerWith('security-events:read');
    const audit = await found(auditor.accessToken, { userId: ada.id, type: 'SUSPENDED' });
    expect(audit.nodes[0]).toMatchObject({ actorId: officer.id, address: '127.0.0.1' });
    const facts = { keyId: apiKey.id, name: 'report', prefix: apiKey.prefix };
    expect(nodes[5]!.details).toEqual(facts);
    expect(nodes[6]!.details).toEqual({ ...facts, scopes: ['files:read'] });
    expect(JSON.stringify(nodes)).not.toContain(key);
  });

  it('of the roles that they changed, and that an API key changed in their name', async () => {
    const [ada, auditor] = [await auth.register(), await auth.registerWith('security-events:read')];
    const [keyId, roleId] = [uuidv7(auth.clock.now()), uuidv7(auth.clock.now())];
    const client = { address: '203.0.113.4', userAgent: 'curl/8' };
    const changedAt = auth.clock.now() + 1_000;
    const tell = (change: RoleChanged['change'], afterMs: number, facts: Partial<RoleChanged> = {}) => {
      const by = { actorId: ada.id, onBehalfOf: ada.id, client };
      const data: RoleChanged = { change, roleId, role: 'editor', added: [], removed: [], ...by, ...facts };
      return auth.publish(roleChanged, data, { occurredAt: changedAt + afterMs });
    };
    // They may come in another order than they happened in.
    await tell('deleted', 2, { role: 'writer', removed: ['files:write'], actorId: keyId });
    await tell('created', 0, { added: ['files:read'] });
    const renaming = {
      role: 'writer',
      formerName: 'editor',
      added: ['files:write'],
      removed: ['files:read'],
    };
    await tell('updated', 1, renaming);
    const trail = await eventually(async () => {
      const { nodes } = await ownEvents(ada.accessToken);
      expect(nodes).toHaveLength(4);
      return nodes;
    });
    const facts = ({ type, actorId, occurredAt, address, details }: SecurityEvent) => [
      type,
      actorId,
      Date.parse(occurredAt) - changedAt,
      address,
      details,
    ];
    expect(trail.slice(0, 3).map(facts)).toEqual([
      ['ROLE_DELETED', keyId, 2, '', { roleId, role: 'writer', added: [], removed: ['files:write'] }],
      ['ROLE_UPDATED', null, 1, '203.0.113.4', { roleId, ...renaming }],
      [
        'ROLE_CREATED',
        null,
        0,
        '203.0.113.4',
        { roleId, role: 'editor', added: ['files:read'], removed: [] },
      ],
    ]);
    const audit = await found(auditor.accessToken, { userId: ada.id, type: 'ROLE_DELETED' });
    expect(audit.nodes).toMatchObject([{ actorId: keyId, address: '203.0.113.4' }]);
    // Who changes roles cannot remove the traces by deleting the account.
    await auth.publish('user.deletionRequested', {
      deletionId: roleId,
      userId: ada.id,
      requestedAt: changedAt,
    });
    await eventually(async () =>
      expect(await auth.database.rows('accounts', `id = '${ada.id}'`)).toEqual([]),
    );
    const kept = await found(auditor.accessToken, { userId: ada.id });
    expect(kept.nodes.map(({ type }) => type)).toEqual(['ROLE_DELETED', 'ROLE_UPDATED', 'ROLE_CREATED']);
  });

  it('nothing of what did not happen', async () => {
    const ada = await auth.register();
    const before = (await auth.database.rows('security_events')).length;
    const body = { username: `${ada.username}-2`, email: ada.email, password: another };
    expect((await auth.rest('POST', '/register', { body })).status).toBe(409);
    await auth.requestLogIn('nobody-of-that-name', wrong);
    await auth.graphql(undefined, 'mutation { verifyEmail(token: "nonsense") }');
    await auth.graphql(undefined, 'mutation { requestPasswordReset(email: "nobody@example.com") }');
    expect(await auth.database.rows('security_events')).toHaveLength(before);
  });

  it('of a flood of guesses a handful', async () => {
    const ada = await auth.register();
    await Promise.all(times(60, wrong).map(password => auth.requestLogIn(ada.username, password)));
    auth.clock.advance(20_000);
    const { accessToken } = await auth.logIn(ada);
    const failed = (await typesOf(accessToken)).filter(type => type === 'SIGN_IN_FAILED');
    expect(failed).toHaveLength(5);
  });
});

describe('are read', () => {
  let auditor: TestUser;

  beforeAll(async () => {
    auditor = await auth.registerWith('security-events:read', 'users:read');
  });

  beforeEach(async () => {
    Object.assign(auditor, await auth.logIn(auditor));
  });

  it('by their owner and by auditors, and by nobody else', async () => {
    const [ada, eve] = [await auth.register(), await auth.register()];
    const reader = await auth.registerWith('users:read');
    const seenBy = async (token: string | undefined) =>
      (
        await auth.graphql<{ _entities: ({ securityEvents: Connection } | null)[] }>(token, ofUsers, {
          r: [{ __typename: 'User', id: ada.id }],
        })
      ).data._entities[0];
    for (const { accessToken } of [ada, auditor]) {
      expect((await seenBy(accessToken))!.securityEvents.nodes).toHaveLength(1);
    }
    expect((await seenBy(reader.accessToken))!.securityEvents).toEqual({
      nodes: [],
      edges: [],
      pageInfo: { hasNextPage: false, endCursor: null },
    });
    for (const token of [eve.accessToken, undefined]) expect(await seenBy(token)).toBeNull();
    expect((await search(undefined, {})).code).toBe('UNAUTHENTICATED');
    for (const { accessToken } of [ada, reader]) {
      expect((await search(accessToken, { userId: ada.id })).code).toBe('FORBIDDEN');
    }
  });

  it('of all accounts with filters, that all hold together', async () => {
    const [ada, bob] = [await auth.register(), await auth.register()];
    const start = new Date(auth.clock.now() + 1).toISOString();
    await then(() => auth.logIn(ada));
    await then(() => auth.requestLogIn(ada.username, wrong));
    await then(() => auth.logIn(bob));
    const end = new Date(auth.clock.now() + 1).toISOString();
    await then(() => auth.logIn(ada));
    const typesIn = async (filter: object) =>
      (await found(auditor.accessToken, filter)).nodes.map(({ userId, type }) => [userId, type]);
    expect(await typesIn({ from: start, to: end })).toEqual([
      [bob.id, 'SIGNED_IN'],
      [ada.id, 'SIGN_IN_FAILED'],
      [ada.id, 'SIGNED_IN'],
    ]);
    expect(await typesIn({ from: start, to: end, type: 'SIGNED_IN', userId: ada.id })).toEqual([
      [ada.id, 'SIGNED_IN'],
    ]);
    expect(await typesIn({ userId: ada.id })).toHaveLength(4);
    expect(await typesIn({ from: end, to: start })).toEqual([]);
    expect(await typesIn({ to: '1901-01-01T00:00:00Z' })).toEqual([]);
    expect(await typesIn({ from: '9999-12-31T23:59:59Z' })).toEqual([]);
    expect(await typesIn({ from: null, to: null, type: null, userId: bob.id })).toHaveLength(2);
    for (const userId of ['nonsense', '', 'a\u0000b', '%', '00000000-0000-7000-8000-000000000000']) {
      expect(await typesIn({ userId })).toEqual([]);
    }
    for (const filter of [{ type: 'EVERYTHING' }, { from: 'yesterday' }, { nothing: 1 }]) {
      expect((await search(auditor.accessToken, filter)).status).toBe(422);
    }
  });

  it('page by page, without a gap and without one twice', async () => {
    const ada = await auth.register();
    for (let i = 0; i < 6; i++) await then(() => auth.logIn(ada));
    const whole = (await ownEvents(ada.accessToken)).nodes.map(({ id }) => id);
    expect(whole).toHaveLength(7);
    const walk = async (next: (after: string | null) => Promise<Connection>) => {
      const seen: string[] = [];
      let after: string | null = null;
      for (let pages = 1; ; pages++) {
        const { nodes, edges, pageInfo } = await next(after);
        seen.push(...nodes.map(({ id }) => id));
        expect(edges.map(({ node }) => node.id)).toEqual(nodes.map(({ id }) => id));
        expect(pageInfo.endCursor).toBe(edges.at(-1)!.cursor);
        if (!pageInfo.hasNextPage) return [pages, ...seen];
        after = pageInfo.endCursor;
      }
    };
    const pages = [3, ...whole];
    expect(await walk(after => ownEvents(ada.accessToken, { first: 3, after }))).toEqual(pages);
    expect(await walk(after => found(auditor.accessToken, { userId: ada.id }, { first: 3, after }))).toEqual(
      pages,
    );
    // What comes meanwhile does not move what was seen.
    const { pageInfo } = await ownEvents(ada.accessToken, { first: 3 });
    await then(() => auth.logIn(ada));
    const { nodes } = await ownEvents(ada.accessToken, { first: 3, after: pageInfo.endCursor });
    expect(nodes.map(({ id }) => id)).toEqual(whole.slice(3, 6));
  });

  it('in pages of 1 to 100, after cursors of this list', async () => {
    const ada = await auth.register();
    const bad = [
      { first: 0 },
      { first: -1 },
      { first: 101 },
      { first: 2_147_483_647 },
      { after: 'nonsense' },
      { after: '' },
      { after: Buffer.from('["id ASC","x"]').toString('base64url') },
      { after: Buffer.from('["id DESC","a\\u0000"]').toString('base64url') },
    ];
    for (const variables of bad) {
      const own = await auth.graphql(ada.accessToken, mine, variables);
      const audit = await search(auditor.accessToken, {}, variables);
      expect([own.status, audit.status]).toEqual([422, 422]);
    }
  });

  it('of many accounts at once, each its own page', async () => {
    const people = await Promise.all(times(12, 0).map(() => auth.register()));
    for (const person of people) await then(() => auth.logIn(person));
    const representations = people.map(({ id }) => ({ __typename: 'User', id }));
    const ask = async (variables: object) =>
      (
        await auth.graphql<{ _entities: { id: string; securityEvents: Connection }[] }>(
          auditor.accessToken,
          ofUsers,
          { r: [...representations, representations[0]], ...variables },
        )
      ).data._entities;
    const pages = await ask({ first: 1 });
    expect(pages.map(({ id }) => id)).toEqual([...people, people[0]!].map(({ id }) => id));
    for (const { id, securityEvents } of pages) {
      expect(securityEvents.nodes.map(({ userId, type }) => [userId, type])).toEqual([[id, 'SIGNED_IN']]);
      expect(securityEvents.pageInfo.hasNextPage).toBe(true);
    }
  });
});

it('note the administrator the operator makes, who came with no request', async () => {
  const first = { ADMIN_EMAIL: 'root@example.com', ADMIN_PASSWORD: 'correct horse battery staple' };
  const own = new TestAuth(first);
  await own.start();
  try {
    own.clock.advance(1);
    const { accessToken } = await own.logIn({ username: 'admin', password: first.ADMIN_PASSWORD });
    const { data } = await own.graphql<{ me: { securityEvents: Connection } }>(accessToken, mine, {});
    expect(data.me.securityEvents.nodes.at(-1)).toMatchObject({
      type: 'REGISTERED',
      address: '',
      traceId: null,
      details: { roles: ['administrator'] },
    });
  } finally {
    await own.close();
  }
});
