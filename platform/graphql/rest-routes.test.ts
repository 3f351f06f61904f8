import { buildSchema, graphql } from 'graphql';
import { AppError } from '../errors';
import { HttpServer } from '../http/server';
import { silentLogger } from '../observability/logger';
import { Metrics } from '../observability/metrics';
import { formatGraphQLError } from './error-format';
import { restRoutes } from './rest-routes';
import type { RestRoute } from './rest-table';

const schema = buildSchema(`
  type Query { things(first: Int, isNew: Boolean, weight: Float, kind: Kind, tags: [String!]): [Thing!]! thing(id: ID!): Thing  check: Check! }
  type Mutation { make(input: MakeInput!): Thing! rename(id: ID!, newName: String!): Thing  drop(id: ID!): Boolean! }
  enum Kind { BIG_ONE SMALL }
  type Thing { id: ID! longName: String! metaData: Free partList: [Part!]! asked: Free }
  type Part { partName: String! }
  type Check { isActive: Boolean! reason: String }
  input MakeInput { longName: String! metaData: Free partList: [PartInput!] }
  input PartInput { partName: String! }
  scalar Free
`);
const thing = (args: object) => ({
  id: '1',
  longName: 'One',
  metaData: { inner_key: { innerKey: 1 } },
  partList: [{ partName: 'a' }],
  asked: args,
});
let isActive = true;
const root = {
  things: (args: object) => [thing(args)],
  thing: ({ id }: { id: string }) => (id === 'none' ? null : thing({ id })),
  check: () => ({ isActive, reason: isActive ? null : 'TOO_OLD' }),
  make: ({ input }: { input: { longName: string } }) => {
    if (input.longName === 'taken') throw new AppError({ code: 'NAME_TAKEN', status: 409 }, 'Taken');
    if (input.longName === 'fault') throw new Error('secret detail');
    return thing(input);
  },
  rename: ({ id, newName }: { id: string; newName: string }) => thing({ id, newName }),
  drop: () => true,
};
const fields = 'id longName metaData partList { partName } asked unknownHere { x }';
const table: RestRoute[] = [
  {
    method: 'GET',
    path: '/things',
    summary: 'List',
    success: 200,
    pluck: { partList: 'partName' },
    operation: `query($first: Int, $isNew: Boolean, $weight: Float, $kind: Kind, $tags: [String!]) { things(first: $first, isNew: $isNew, weight: $weight, kind: $kind, tags: $tags) { ${fields} } }`,
  },
  {
    method: 'GET',
    path: '/things/:id',
    summary: 'One',
    success: 200,
    operation: `query($id: ID!) { thing(id: $id) { ${fields} } }`,
  },
  {
    method: 'POST',
    path: '/things',
    summary: 'Make',
    success: 201,
    operation: `mutation($input: MakeInput!) { make(input: $input) { ${fields} } }`,
  },
  {
    method: 'PUT',
    path: '/things/:id',
    summary: 'Rename',
    success: 200,
    operation: `mutation($id: ID!, $newName: String!) { rename(id: $id, newName: $newName) { id asked } }`,
  },
  {
    method: 'DELETE',
    path: '/things/:id',
    summary: 'Drop',
    success: 204,
    operation: 'mutation($id: ID!) { drop(id: $id) }',
  },
  {
    method: 'GET',
    path: '/things/check',
    summary: 'Check',
    success: 200,
    operation: '{ check { isActive reason } }',
    unless: { field: 'isActive', status: 401, codeField: 'reason', message: 'Not active' },
  },
];

let url: string;
let server: HttpServer;

beforeAll(async () => {
  server = new HttpServer({
    logger: silentLogger,
    metrics: new Metrics('rest'),
    routes: restRoutes(
      table,
      schema,
      async ({ query, variables }) => {
        const result = await graphql({ schema, source: query, variableValues: variables, rootValue: root });
        return {
          ...result,
          ...(result.errors && {
            errors: result.errors.map(error => formatGraphQLError(error.toJSON(), error, silentLogger)),
          }),
        } as never;
      },
      '/things',
    ),
  });
  url = `http://127.0.0.1:${await server.listen(0, '127.0.0.1')}`;
});

afterAll(() => server.stop(0));

async function call(method: string, path: string, body?: unknown): Promise<[number, unknown]> {
  const response = await fetch(url + path, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  const text = await response.text();
  return [response.status, text === '' ? undefined : JSON.parse(text)];
}

const one = {
  id: '1',
  long_name: 'One',
  meta_data: { inner_key: { innerKey: 1 } },
  part_list: [{ part_name: 'a' }],
};

describe('REST routes as a table of operations', () => {
  it('reads parameters as the types of the variables, and answers in snake_case', async () => {
    const [status, body] = await call('GET', '/?first=3&is_new=true&weight=1.5&kind=big_one&tags=a,b&tags=c');
    expect([status, body]).toEqual([
      200,
      [
        {
          ...one,
          part_list: ['a'],
          asked: { first: 3, isNew: true, weight: 1.5, kind: 'BIG_ONE', tags: ['a', 'b', 'c'] },
        },
      ],
    ]);
  });

  it('leaves what free JSON holds as it is, both ways', async () => {
    const input = {
      long_name: 'One',
      meta_data: { some_key: { someKey: 1 } },
      part_list: [{ part_name: 'x' }],
    };
    expect(await call('POST', '/', input)).toEqual([
      201,
      {
        ...one,
        asked: { longName: 'One', metaData: { some_key: { someKey: 1 } }, partList: [{ partName: 'x' }] },
      },
    ]);
  });

  it('prefers a fixed path over a parameter, and the path over the body', async () => {
    expect(await call('GET', '/check')).toEqual([200, { is_active: true }]);
    expect(await call('PUT', '/7', { new_name: 'n' })).toEqual([
      200,
      { id: '1', asked: { id: '7', newName: 'n' } },
    ]);
    expect((await call('PUT', '/7', { id: '8', new_name: 'n' }))[0]).toBe(422);
    expect(await call('DELETE', '/7')).toEqual([204, undefined]);
  });

  it('refuses with the status the table names when the answer is a refusal', async () => {
    isActive = false;
    expect(await call('GET', '/check')).toEqual([
      401,
      expect.objectContaining({ error: 'TOO_OLD', message: 'Not active' }),
    ]);
    isActive = true;
  });

  it.each<[string, string, string, unknown, number, string, unknown]>([
    ['a missing row', 'GET', '/none', undefined, 404, 'NOT_FOUND', null],
    [
      'an unknown parameter',
      'GET',
      '/?is_old=1',
      undefined,
      422,
      'VALIDATION_FAILED',
      [{ field: 'is_old', message: 'is not a known parameter' }],
    ],
    [
      'a number that is none',
      'GET',
      '/?first=x&weight=1e9',
      undefined,
      422,
      'VALIDATION_FAILED',
      [
        { field: 'first', message: 'must be a whole number' },
        { field: 'weight', message: 'must be a number' },
      ],
    ],
    [
      'a boolean that is none',
      'GET',
      '/?is_new=1',
      undefined,
      422,
      'VALIDATION_FAILED',
      [{ field: 'is_new', message: 'must be true or false' }],
    ],
    [
      'an unknown choice',
      'GET',
      '/?kind=x',
      undefined,
      422,
      'VALIDATION_FAILED',
      [{ field: 'kind', message: 'must be one of big_one, small' }],
    ],
    [
      'a parameter given twice',
      'GET',
      '/?first=1&first=2',
      undefined,
      422,
      'VALIDATION_FAILED',
      [{ field: 'first', message: 'is given more than once' }],
    ],
    [
      'an unknown field',
      'POST',
      '/',
      { long_name: 'a', part_list: [{ name: 'x' }] },
      422,
      'VALIDATION_FAILED',
      [{ field: 'part_list.0.name', message: 'is not a known field' }],
    ],
    [
      'a missing field',
      'POST',
      '/',
      {},
      422,
      'VALIDATION_FAILED',
      [{ field: 'long_name', message: 'is required' }],
    ],
    [
      'a wrong type',
      'POST',
      '/',
      { long_name: 5 },
      422,
      'VALIDATION_FAILED',
      [{ field: 'long_name', message: 'must be text' }],
    ],
    ['a body that is a list', 'POST', '/', [], 400, 'BAD_REQUEST', null],
    ['a conflict', 'POST', '/', { long_name: 'taken' }, 409, 'NAME_TAKEN', null],
    ['a fault of ours', 'POST', '/', { long_name: 'fault' }, 500, 'INTERNAL_ERROR', null],
    ['a method that is not there', 'PATCH', '/7', {}, 405, 'METHOD_NOT_ALLOWED', null],
    ['a broken escape', 'GET', '/%zz', undefined, 400, 'BAD_REQUEST', null],
  ])('answers %s', async (_what, method, path, body, status, error, details) => {
    const [answered, shape] = await call(method, path, body);
    expect([answered, shape]).toEqual([
      status,
      {
        error,
        message: expect.any(String),
        details,
        timestamp: expect.any(String),
        trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      },
    ]);
    expect(JSON.stringify(shape)).not.toContain('secret detail');
  });

  it('refuses a table whose operation the schema has nothing of', () => {
    const wrong: RestRoute = { ...table[0]!, operation: '{ elsewhere { id } }' };
    expect(() => restRoutes([wrong], schema, async () => ({}))).toThrow('this schema has no field for it');
  });
});
