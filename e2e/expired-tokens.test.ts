import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client';
import { SetContextLink } from '@apollo/client/link/context';
import { ErrorLink } from '@apollo/client/link/error';
import { Client, type CombinedError, cacheExchange, fetchExchange, gql } from '@urql/core';
import { authExchange } from '@urql/exchange-auth';
import { parse } from 'graphql';
import { from, switchMap } from 'rxjs';
import { eventually, type Person, rest, send, somebody } from './client';
import { LogInDocument, RefreshDocument } from './graphql/graphql';
import { type Plinth, startPlinth } from './plinth';

const me = '{ me { username } }';
const refresh = 'mutation ($token: String!) { refresh(refreshToken: $token) { accessToken refreshToken } }';
type Refreshed = { refresh: { accessToken: string; refreshToken: string } };

describe('clients that send an expired token with every request (G2, A2, A4)', () => {
  let plinth: Plinth;
  let at: string;
  const people: Person[] = [];
  const nextPerson = (): Person => people.pop()!;

  beforeAll(async () => {
    // Long enough for a few requests on a slow machine.
    plinth = await startPlinth({ ACCESS_TOKEN_TTL: '15' });
    at = plinth.urls.gateway;
    for (let i = 0; i < 4; i++) people.push(await somebody(at));
    for (const { accessToken } of people) {
      await eventually(async () => {
        const { errors } = await send(me, {}, { token: accessToken, at });
        expect(errors?.[0]?.extensions.code).toBe('TOKEN_EXPIRED');
      }, 60_000);
    }
  });
  afterAll(() => plinth.close());

  it('renew it with urql and its authExchange', async () => {
    const person = nextPerson();
    let tokens = { access: person.accessToken, refresh: person.refreshToken };
    let renewals = 0;
    const isExpired = (error: CombinedError) =>
      error.response?.status === 401 ||
      error.graphQLErrors.some(({ extensions }) => extensions['code'] === 'TOKEN_EXPIRED');
    const client = new Client({
      url: `${at}/graphql`,
      preferGetMethod: false,
      exchanges: [
        cacheExchange,
        authExchange(async utilities => ({
          addAuthToOperation: operation =>
            utilities.appendHeaders(operation, { authorization: `Bearer ${tokens.access}` }),
          didAuthError: isExpired,
          refreshAuth: async () => {
            renewals++;
            // As any operation of the client, this one has the header.
            const { data, error } = await utilities.mutate<Refreshed>(
              gql(refresh),
              { token: tokens.refresh },
              { fetchOptions: { headers: { authorization: `Bearer ${tokens.access}` } } },
            );
            if (!data) throw error;
            tokens = { access: data.refresh.accessToken, refresh: data.refresh.refreshToken };
          },
        })),
        fetchExchange,
      ],
    });
    const { data, error } = await client.query(gql(me), {}).toPromise();
    expect([error, data]).toMatchObject([undefined, { me: { username: person.username } }]);
    expect(renewals).toBe(1);
  });

  it('renew it with Apollo Client and a link that adds the header', async () => {
    const person = nextPerson();
    let tokens = { access: person.accessToken, refresh: person.refreshToken };
    const withToken = new SetContextLink(({ headers }) => ({
      headers: { ...(headers as object), authorization: `Bearer ${tokens.access}` },
    }));
    const renewal = new ErrorLink(({ operation, forward }) =>
      operation.operationName === 'Renew'
        ? undefined
        : from(
            client.mutate<Refreshed>({
              mutation: parse(refresh.replace('mutation', 'mutation Renew')),
              variables: { token: tokens.refresh },
            }),
          ).pipe(
            switchMap(({ data }) => {
              const renewed = data!.refresh;
              tokens = { access: renewed.accessToken, refresh: renewed.refreshToken };
              return forward(operation);
            }),
          ),
    );
    const client = new ApolloClient({
      link: ApolloLink.from([renewal, withToken, new HttpLink({ uri: `${at}/graphql` })]),
      cache: new InMemoryCache(),
    });
    const { data } = await client.query<{ me: { username: string } }>({ query: parse(me) });
    expect(data?.me.username).toBe(person.username);
    expect(tokens.refresh).not.toBe(person.refreshToken);
    client.stop();
  });

  it('sign in and refresh, over GraphQL and REST, at the gateway and at the service', async () => {
    const { accessToken: token, username, password } = nextPerson();
    for (const server of [at, plinth.urls['auth']!]) {
      const login = await send(LogInDocument, { input: { username, password } }, { token, at: server });
      expect(login.data?.login?.accessToken).toEqual(expect.any(String));
      const { refreshToken } = login.data!.login!;
      const renewed = await send(RefreshDocument, { refreshToken }, { token, at: server });
      expect([renewed.status, renewed.errors]).toEqual([200, undefined]);
      const prefix = server === at ? '/auth' : '';
      const body = { refresh_token: renewed.data!.refresh!.refreshToken };
      const answer = await rest('POST', `${prefix}/refresh`, { body, token, at: server });
      expect([answer.status, answer.body['access_token']]).toEqual([200, expect.any(String)]);
    }
  });

  it('are refused with a token that is forged or revoked, and for everything that takes a caller', async () => {
    const { accessToken: expired, refreshToken, username, password } = nextPerson();
    const [header, claims] = expired.split('.') as [string, string];
    const another = (await somebody(at)).accessToken;
    const forged = [header, claims, another.split('.')[2]].join('.');
    const isRefused = async (document: string, token: string) => {
      const { status, errors } = await send<unknown, object>(document, { refreshToken }, { token, at });
      return [status, errors?.[0]?.extensions.code];
    };
    const renew = 'mutation ($refreshToken: String!) { refresh(refreshToken: $refreshToken) { expiresIn } }';
    expect(await isRefused(renew, forged)).toEqual([401, 'TOKEN_INVALID']);
    for (const document of [
      me,
      '{ __typename }',
      'mutation { logout }',
      'mutation A { logout refresh(refreshToken: "x") { expiresIn } }',
      'mutation { ...F } fragment F on Mutation { refresh(refreshToken: "x") { expiresIn } logout }',
      'mutation {',
    ]) {
      expect([document, ...(await isRefused(document, expired))]).toEqual([document, 401, 'TOKEN_EXPIRED']);
    }
    expect((await rest('GET', '/auth/me', { token: expired, at })).body['error']).toBe('TOKEN_EXPIRED');

    const { data: signedIn } = await send(LogInDocument, { input: { username, password } }, { at });
    const token = signedIn!.login!.accessToken;
    await send('mutation { logout }', {}, { token, at });
    expect(await isRefused(renew, token)).toEqual([401, 'TOKEN_REVOKED']);
  });
});
