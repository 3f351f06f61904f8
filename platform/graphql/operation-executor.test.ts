import type { RunningService } from '../process';
import 'reflect-metadata';
import { buildSchema, parse } from 'graphql';
import {
  Arg,
  Ctx,
  Field,
  FieldResolver,
  ID,
  InputType,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { AppError, unavailable } from '../errors';
import { createLogger } from '../observability/logger';
import { Metrics } from '../observability/metrics';
import { ResourceStack } from '../resource-stack';
import { anonymous } from '../security/caller';
import { type RequestContext, startService } from '../service';
import { OperationExecutor } from './operation-executor';
import type { RestRoute } from './rest-table';

@ObjectType('Stone', { simpleResolvers: true })
class Stone {
  @Field(() => ID)
  id: string;

  @Field(() => Int)
  weight: number;
}

@InputType('NewStone')
class NewStone {
  @Field(() => Int)
  weight: number;
}

@Resolver(() => Stone)
class StoneResolver {
  @Query(() => [Stone])
  stones(@Arg('first', () => Int, { nullable: true, defaultValue: 2 }) first: number): Stone[] {
    return Array.from({ length: first }, (_, index) => ({ id: String(index), weight: index }));
  }

  @Query(() => Stone, { nullable: true })
  async stone(@Arg('id', () => ID) id: string): Promise<Stone | null> {
    if (id === 'gone')
      throw new AppError({ code: 'GONE', status: 400 }, 'That stone is gone', { details: { id } });
    if (id === 'bug') throw new Error('a secret of ours');
    if (id === 'down') throw unavailable('The quarry does not answer');
    return id === 'none' ? null : { id, weight: id === 'feather' ? 0.5 : 3 };
  }

  @Mutation(() => Stone)
  lay(@Arg('input', () => NewStone) input: NewStone): Stone {
    return { id: 'new', weight: input.weight };
  }

  @FieldResolver(() => String, { nullable: true })
  async owner(@Root() { id }: Stone, @Ctx() { client }: RequestContext): Promise<string | null> {
    return id === '1' ? null : `${id} of ${client.address}`;
  }
}

const rest: RestRoute[] = [
  {
    method: 'GET',
    path: '/quarry/stones/:id',
    summary: 'Read one stone',
    operation: 'query ($id: ID!) { stone(id: $id) { id weight owner } }',
    success: 200,
  },
];

interface Answer {
  status: number;
  headers: Record<string, string>;
  body: unknown;
  line: unknown;
}

describe('a service answers an operation that it knows as it answered the first time', () => {
  const lines: Record<string, unknown>[] = [];
  let service: RunningService;
  let metrics: Metrics;

  beforeAll(async () => {
    const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
    metrics = new Metrics('quarry');
    service = await startService(
      {
        name: 'quarry',
        logger: createLogger({ service: 'quarry', level: 'info', destination }),
        metrics,
        identity: { authenticator: { authenticate: async () => anonymous } as never },
        relay: { start: () => {} },
        resources: new ResourceStack(),
        ready: {},
      },
      { host: '127.0.0.1', port: 0, shutdownGrace: 1 },
      () => ({
        subgraph: {
          resolvers: [new StoneResolver()],
          references: { Stone: ({ id }) => ({ id, weight: 1 }) },
        },
        context: request => request,
        rest,
      }),
    );
  });
  afterAll(() => service.stop());

  async function ask(path: string, init: RequestInit): Promise<Answer> {
    lines.length = 0;
    const response = await fetch(`${service.url}${path}`, init);
    const text = await response.text();
    const { date: _, traceresponse: __, ...headers } = Object.fromEntries(response.headers);
    const steady = (value: unknown): unknown =>
      JSON.parse(
        JSON.stringify(value ?? null)
          .replace(/"(timestamp|traceId|trace_id|span_id|stack)":"[^"]*"/g, '"$1":"…"')
          .replace(/"duration_ms":[\d.]+/g, '"duration_ms":0'),
      );
    return {
      status: response.status,
      headers,
      body: text === '' ? '' : [text.endsWith('\n'), steady(JSON.parse(text))],
      line: lines.map(line => steady({ ...line, error: String(line['error']) })),
    };
  }

  const post = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

  const one = 'query One($id: ID!) { stone(id: $id) { id weight owner } }';
  const several = 'query A { stones { id } } query B { stones(first: 1) { id owner } }';

  const requests: [string, unknown, Record<string, string>?][] = [
    ['a list', { query: '{ stones { id weight owner } }' }],
    ['a variable', { query: one, variables: { id: '7' } }],
    ['null for null', { query: one, variables: { id: 'none' } }],
    ['an error of the domain', { query: one, variables: { id: 'gone' } }],
    ['an error of ours, masked', { query: one, variables: { id: 'bug' } }],
    ['an outage, logged', { query: one, variables: { id: 'down' } }],
    ['a value that does not fit its type', { query: one, variables: { id: 'feather' } }],
    ['a missing variable', { query: one }],
    ['a wrong variable', { query: one, variables: { id: { password: 'hunter2' } } }],
    ['variables that are null', { query: '{ stones { id } }', variables: null, operationName: null }],
    ['variables that are a list', { query: one, variables: ['7'] }],
    ['one operation of two', { query: several, operationName: 'B' }],
    ['no operation of two', { query: several }],
    ['a name that is not there', { query: several, operationName: 'C' }],
    [
      'a mutation',
      {
        query: 'mutation ($input: NewStone!) { lay(input: $input) { id weight } }',
        variables: { input: { weight: 5 } },
      },
    ],
    [
      'a mutation with a wrong input',
      {
        query: 'mutation ($input: NewStone!) { lay(input: $input) { id } }',
        variables: { input: { weight: 'x' } },
      },
    ],
    [
      'entities',
      {
        query: 'query ($r: [_Any!]!) { _entities(representations: $r) { ... on Stone { id owner } } }',
        variables: {
          r: [{ __typename: 'Stone', id: '1' }, { __typename: 'Stone', id: '2' }, { __typename: 'Stone' }],
        },
      },
    ],
    [
      'an entity of no type',
      {
        query: 'query ($r: [_Any!]!) { _entities(representations: $r) { __typename } }',
        variables: { r: [{ __typename: 'Nothing', id: '1' }] },
      },
    ],
    ['the SDL', { query: '{ _service { sdl } }' }],
    ['introspection', { query: '{ __type(name: "Stone") { name } }' }],
    ['what does not parse', { query: '{ stones {' }],
    ['what is not valid', { query: '{ pebbles { id } }' }],
    ['no query', { query: '' }],
    [
      'an extension',
      { query: '{ stones { id } }', extensions: { persistedQuery: { version: 1, sha256Hash: 'x' } } },
    ],
    [
      'the media type that the gateway accepts',
      { query: '{ stones { id } }' },
      { accept: 'application/graphql-response+json, application/json' },
    ],
    ['a media type of its own', { query: '{ stones { id } }' }, { accept: 'text/csv' }],
    [
      'an order of media types',
      { query: '{ stones { id } }' },
      { accept: 'application/json;q=0.1, application/graphql-response+json' },
    ],
  ];
  it.each(requests.map(([what, body, headers = {}]) => [what, body, headers] as const))(
    '%s',
    async (_, body, headers) => {
      const answers: Answer[] = [];
      for (let turn = 0; turn < 3; turn++) answers.push(await ask('/graphql', post(body, headers)));
      expect(answers[1]).toEqual(answers[0]);
      expect(answers[2]).toEqual(answers[0]);
    },
  );

  it('through REST', async () => {
    for (const id of ['5', 'none', 'gone', 'bug']) {
      const answers: Answer[] = [];
      for (let turn = 0; turn < 3; turn++) answers.push(await ask(`/stones/${id}`, {}));
      expect(answers[1]).toEqual(answers[0]);
      expect(answers[2]).toEqual(answers[0]);
    }
  });

  it('and refuses to change something by GET, known or not', async () => {
    const query = 'mutation { lay(input: { weight: 1 }) { id } }';
    expect((await ask('/graphql', post({ query }))).status).toBe(200);
    expect((await ask('/graphql', post({ query }))).status).toBe(200);
    const answer = await ask(`/graphql?query=${encodeURIComponent(query)}`, {
      headers: { 'apollo-require-preflight': '1' },
    });
    expect(answer.status).toBe(405);
  });

  it('and counts it', async () => {
    const count = async () =>
      Number(/operations_total\{.*query.*success.*\} (\d+)/.exec((await metrics.page()).body)?.[1]);
    const before = await count();
    for (let turn = 0; turn < 3; turn++) await ask('/graphql', post({ query: '{ stones { weight } }' }));
    expect((await count()) - before).toBe(3);
  });
});

it('keeps no more than 32 MiB of operations, however many fields a short text comes to', async () => {
  const schema = buildSchema('type Query { me: Person } type Person { best: Person a: Int b: Int c: Int }');
  const executor = new OperationExecutor(schema);
  const level = (index: number) =>
    `fragment F${index} on Person { x: best { ...F${index + 1} } y: best { ...F${index + 1} } }`;
  const bomb = (name: string) =>
    `query ${name} { me { ...F0 } } ${Array.from({ length: 7 }, (_, index) => level(index)).join(' ')} fragment F7 on Person { a b c }`;
  let most = 0;
  for (let index = 0; index < 100; index++) {
    const text = bomb(`Q${index}`);
    expect(await executor.execute({ query: text }, parse(text), {})).toEqual({ data: { me: null } });
    most = Math.max(most, executor.cacheBytes);
  }
  expect(most).toBeGreaterThan(16 * 1024 * 1024);
  expect(most).toBeLessThanOrEqual(32 * 1024 * 1024);
});
