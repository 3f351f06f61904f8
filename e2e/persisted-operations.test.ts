import { createHash } from 'node:crypto';
import { print } from 'graphql';
import { data, rest, send, somebody } from './client';
import { LogInDocument, ReadUserDocument, WhoAmIDocument } from './graphql/graphql';
import { type Plinth, startPlinth } from './plinth';

const hash = (text: string) => createHash('sha256').update(text).digest('hex');

/** Sends the id of an operation instead of its text, as clients of Apollo do. */
const byId = (document: Parameters<typeof print>[0], at: string, token?: string) =>
  rest('POST', '/graphql', {
    token,
    at,
    body: { extensions: { persistedQuery: { version: 1, sha256Hash: hash(print(document)) } } },
  });

describe('operations that are known in advance (G12)', () => {
  let plinth: Plinth;

  beforeAll(async () => {
    plinth = await startPlinth({ PERSISTED_OPERATIONS: 'only' });
  });
  afterAll(() => plinth.close());

  it('are the only ones answered, by their text or their id, beside REST', async () => {
    const at = plinth.urls.gateway;
    const { id, username, password } = await somebody(at);
    const { login } = await data(LogInDocument, { input: { username, password } }, undefined, at);
    const token = login.accessToken;
    expect((await data(ReadUserDocument, { id }, token, at)).user?.username).toBe(username);
    const me = await byId(WhoAmIDocument, at, token);
    expect([me.status, me.body]).toMatchObject([200, { data: { me: { username } } }]);
    expect((await rest('GET', '/auth/me', { token, at })).status).toBe(200);

    for (const text of ['{ me { id } }', `${print(WhoAmIDocument)} `, '{ __schema { types { name } } }']) {
      const { status, errors, data: nothing } = await send<unknown, object>(text, {}, { token, at });
      expect([status, errors?.[0]?.extensions.code, nothing]).toEqual([
        403,
        'PERSISTED_QUERY_NOT_IN_LIST',
        undefined,
      ]);
    }
  });
});
