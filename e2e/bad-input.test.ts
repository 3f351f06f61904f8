import { createHmac, createPublicKey, generateKeyPairSync, type JsonWebKey, sign } from 'node:crypto';
import { eventually, type GraphQLFailure, rest, send, somebody, urls } from './client';

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('tokens that are not what they say (G2, A8)', () => {
  it('are a 401 at the gateway and at each service, never an anonymous request', async () => {
    const { accessToken } = await somebody();
    const [head, body, signature] = accessToken.split('.') as [string, string, string];
    const header = JSON.parse(Buffer.from(head, 'base64url').toString()) as Record<string, unknown>;
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as Record<string, unknown>;
    const jwks = await rest('GET', '/.well-known/jwks.json', { at: urls.auth });
    const jwk = (jwks.body['keys'] as unknown as JsonWebKey[])[0]!;
    const pem = createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
    const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const signed = (h: unknown, c: unknown) => {
      const text = `${encode(h)}.${encode(c)}`;
      const mark = sign('sha256', Buffer.from(text), { key: own.privateKey, dsaEncoding: 'ieee-p1363' });
      return `${text}.${mark.toString('base64url')}`;
    };
    const hmac = `${encode({ ...header, alg: 'HS256' })}.${body}`;
    const forged: Record<string, string> = {
      'alg none': `${encode({ ...header, alg: 'none' })}.${body}.`,
      'HS256 with the public key': `${hmac}.${createHmac('sha256', pem).update(hmac).digest('base64url')}`,
      'a key of its own': signed({ ...header, jwk: own.publicKey.export({ format: 'jwk' }) }, claims),
      'an unknown kid': signed({ ...header, kid: 'nobody' }, claims),
      'a kid that is a path': signed({ ...header, kid: '../../dev/null' }, claims),
      'other claims under the same signature': `${head}.${encode({ ...claims, sub: 'root', scope: '*' })}.${signature}`,
      'another type': signed({ ...header, typ: 'JWT' }, claims),
      'no signature': `${head}.${body}`,
      'a refresh token': 'a.b.c',
    };
    for (const [what, token] of Object.entries(forged)) {
      for (const [service, at] of Object.entries(urls)) {
        const answer = await send('{ __typename }', {}, { token, at });
        expect([what, service, answer.status, answer.errors?.[0]?.extensions.code]).toEqual([
          what,
          service,
          401,
          'TOKEN_INVALID',
        ]);
      }
    }
  });

  it('that name a user in a header of their own mean nothing', async () => {
    const answer = await rest('GET', '/auth/me', {
      headers: {
        'x-user-id': 'root',
        'x-plinth-caller': '{"permissions":["*"]}',
        'x-forwarded-user': 'root',
      },
    });
    expect(answer.status).toBe(401);
  });
});

describe('input that is not what was asked for', () => {
  const password = 'long enough for anybody';
  const cases: [string, Record<string, unknown>][] = [
    ['a text of 1 MB', { username: 'x'.repeat(1_000_000), email: 'a@example.com', password }],
    ['control characters', { username: 'ab\u0000c', email: 'a@example.com', password }],
    [
      'a line break in an address',
      { username: 'abc', email: 'a@example.com\r\nbcc: b@example.com', password },
    ],
    ['a lone surrogate', { username: 'abc', email: 'a@example.com', password: 'x\ud800yyyyyyyyy' }],
    ['SQL', { username: "a'; DROP TABLE accounts; --", email: 'a@example.com', password }],
    ['GraphQL', { username: 'a"}){ id } #', email: 'a@example.com', password }],
    ['a short password', { username: 'abcdef', email: 'a@example.com', password: 'short' }],
    ['a list', { username: ['a'], email: 'a@example.com', password }],
    ['null', { username: null, email: 'a@example.com', password }],
    ['a prototype', { ['__proto__x']: 1, username: 'abc', email: 'a@example.com', password }],
  ];
  it.each(cases)('%s: 422, each field named, nothing echoed', async (_, body) => {
    const answer = await rest('POST', '/auth/register', { body });
    expect([answer.status, answer.body['error']]).toEqual([422, 'VALIDATION_FAILED']);
    expect(Array.isArray(answer.body['details'])).toBe(true);
    const said = JSON.stringify(answer.body);
    expect(said).not.toContain('DROP TABLE');
    expect(said).not.toContain(password);
    expect(said.length).toBeLessThan(2_000);
  });

  it('registers exactly one of ten who ask for the same name at the same instant', async () => {
    const username = `same${Date.now().toString(36)}`;
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        rest('POST', '/auth/register', {
          body: { username, email: `${username}${i}@example.com`, password },
        }),
      ),
    );
    expect(answers.map(answer => answer.status).sort()).toEqual([201, ...Array(9).fill(409)]);
  });

  it('answers hostile GraphQL with a 4xx and lives', async () => {
    const deep = `{ a ${'{ a '.repeat(20_000)} ${'}'.repeat(20_000)} }`;
    const cycle = '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }';
    for (const query of [
      deep,
      cycle,
      '{',
      '\u0000',
      '{ nope }',
      'query A { a } query B { b }',
      '{ __typename @x }',
    ]) {
      const answer = await send(query, {});
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.status).toBeLessThan(500);
    }
    expect((await rest('GET', '/health')).status).toBe(200);
  });
});

describe('free JSON that JSON cannot hold (U10)', () => {
  /** The profile of a new user arrives with an event. */
  const expectUnchanged = (id: string, token: string) =>
    eventually(async () => {
      const { data: kept } = await send(`{ user(id: "${id}") { profile { metadata } } }`, {}, { token });
      expect(kept).toEqual({ user: { profile: { metadata: {} } } });
    });
  const places = [
    ['the gateway', urls.gateway, '/users'],
    ['the service', urls.users, ''],
  ] as const;

  it.each(places)('is refused by %s as a literal', async (_, at) => {
    const { id, accessToken: token } = await somebody();
    for (const literal of [
      '{ a: 1e999 }',
      '{ a: [1.7976931348623159e308] }',
      '{ a: WORD }',
      '"text"',
      '[{}]',
    ]) {
      const update = `mutation { updateUser(id: "${id}", input: { metadata: ${literal} }) { id } }`;
      const { status, errors } = await send(update, {}, { token, at });
      expect([literal, status, errors?.map(error => error.extensions.code)]).toEqual([
        literal,
        400,
        ['GRAPHQL_VALIDATION_FAILED'],
      ]);
    }
    await expectUnchanged(id, token);
  });

  it.each(places)(
    'is refused by %s in a variable and over REST, with every other mistake',
    async (_, at, base) => {
      const { id, accessToken: token } = await somebody();
      const details = [
        { field: 'phone', message: 'must be text' },
        { field: 'metadata', message: 'must have only numbers that a 64-bit float can hold' },
      ];
      const input = '{"phone":5,"metadata":{"a":[1e999]}}';
      const query =
        'mutation ($id: ID!, $input: UpdateUserInput!) { updateUser(id: $id, input: $input) { id } }';
      const graphql = await rest('POST', '/graphql', {
        token,
        at,
        raw: `{"query":"${query}","variables":{"id":"${id}","input":${input}}}`,
      });
      const errors = graphql.body['errors'] as unknown as GraphQLFailure[];
      expect(new Set(errors.map(error => error.extensions.http.status))).toEqual(new Set([422]));
      expect(errors.flatMap(error => error.extensions.details)).toEqual(expect.arrayContaining(details));
      const put = await rest('PUT', `${base}/${id}`, { token, at, raw: input });
      expect([put.status, put.body['error']]).toEqual([422, 'VALIDATION_FAILED']);
      expect(put.body['details']).toEqual(expect.arrayContaining(details));
      await expectUnchanged(id, token);
    },
  );
});
