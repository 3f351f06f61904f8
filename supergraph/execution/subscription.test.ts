import type { CancelSignal } from '../../platform/http/cancellation';
import type { ExecutionResult, RequestContext } from '../supergraph-executor';
import { TransportError } from '../transport/transport';
import { AnswerStream, type SubscriptionSource } from './subscription';
import { federate } from './testing/federation';

const subgraphs = {
  orders: {
    typeDefs: `
      type Query { order: Order }
      type Subscription { placed(shop: ID!): Order! secret: Int @authenticated }
      type Order @key(fields: "id") { id: ID! total: Int! buyer: User! gift: Gift }
      type Gift { to: User }
      type User @key(fields: "id") { id: ID! }`,
  },
  users: {
    typeDefs: `type User @key(fields: "id") { id: ID! name: String! email: String @authenticated }`,
    resolvers: {
      User: {
        name: ({ id }: { id: string }) => {
          if (id === 'broken') throw new Error('No name');
          return `name of ${id}`;
        },
        email: ({ id }: { id: string }) => `${id}@x.org`,
      },
    },
  },
};

/** A subgraph's stream in this process: whatever is pushed comes out, until somebody closes it. */
class Events implements AsyncIterator<unknown> {
  readonly sent: unknown[] = [];
  isClosed = false;
  private waiting: ((event: IteratorResult<unknown>) => void) | undefined;
  private failure: { reject(error: Error): void } | undefined;

  push(event: unknown): void {
    const { waiting } = this;
    this.waiting = undefined;
    if (waiting) waiting({ done: false, value: event });
    else this.sent.push(event);
  }

  fail(error: Error): void {
    this.failure?.reject(error);
  }

  next(): Promise<IteratorResult<unknown>> {
    if (this.sent.length > 0) return Promise.resolve({ done: false, value: this.sent.shift() });
    return new Promise((resolve, reject) => {
      this.waiting = resolve;
      this.failure = { reject };
    });
  }

  async return(): Promise<IteratorResult<unknown>> {
    this.isClosed = true;
    return { done: true, value: undefined };
  }
}

const order = (id: string, buyer = 'u1') => ({
  data: { placed: { __typename: 'Order', id, total: 3, buyer: { __typename: 'User', id: buyer } } },
});
const me: RequestContext = { identity: 'a', headers: { authorization: 'A' } };
const signedIn = { isAuthenticated: true, scopes: new Set<string>(), policies: new Set<string>() };
const query = 'subscription($shop: ID!) { new: placed(shop: $shop) { id total by: buyer { name } } }';

describe.each(['hive', 'apollo'] as const)('a subscription planned by %s', planner => {
  const { executor, transport } = federate(subgraphs, { planner });
  const open = async (text = query, context = me) => {
    const source = await executor.subscribe({ query: text, variables: { shop: 's1' } }, context);
    if (!('resolve' in source)) throw new Error(source.body.toString());
    const events = new Events();
    const abort = new AbortController();
    const contexts = { now: { ...context, signal: abort.signal } as RequestContext };
    const answers = new AnswerStream(source, events, contexts.now, () => contexts.now);
    const next = async () => {
      const { value } = (await answers.next()) as { value: ExecutionResult };
      return JSON.parse(value.body.toString());
    };
    return { source, events, answers, next, abort, contexts };
  };
  beforeEach(() => {
    transport.calls.length = 0;
    transport.intercept = undefined;
  });

  it('asks the subgraph that has the events for what it has', async () => {
    const { source } = await open();
    expect(source).toMatchObject({
      subgraph: 'orders',
      url: 'http://orders.internal:4000/graphql',
      variables: { shop: 's1' },
      operation: { type: 'subscription' },
    });
    expect(source.query).toMatch(/^subscription.*\(.*\$shop: ?ID!\)/);
    expect(source.query).not.toMatch(/\bname\b/);
  });

  it('joins each event with what the others have, in order, under the names of the client', async () => {
    const { events, next } = await open();
    events.push(JSON.parse(JSON.stringify(renamed(order('1', 'u1')))));
    events.push(JSON.parse(JSON.stringify(renamed(order('2', 'u2')))));
    expect(await next()).toEqual({ data: { new: { id: '1', total: 3, by: { name: 'name of u1' } } } });
    expect(await next()).toEqual({ data: { new: { id: '2', total: 3, by: { name: 'name of u2' } } } });
    expect(transport.calls.map(c => [c.subgraph, c.headers['authorization']])).toEqual([
      ['users', 'A'],
      ['users', 'A'],
    ]);
  });

  it('goes on after an event with errors, each with its own', async () => {
    const { events, next } = await open();
    events.push({
      data: null,
      errors: [{ message: 'Sold out', path: ['new', 'total'], extensions: { code: 'SOLD' } }],
    });
    events.push(renamed(order('2', 'broken')));
    events.push(renamed(order('3')));
    expect(await next()).toMatchObject({
      data: null,
      errors: [{ message: 'Sold out', path: ['new', 'total'], extensions: { code: 'SOLD' } }],
    });
    expect(await next()).toMatchObject({
      data: null,
      errors: [
        { message: 'No name', path: ['new', 'by', 'name'], extensions: { code: 'DOWNSTREAM_SERVICE_ERROR' } },
      ],
    });
    expect((await next()).data.new.id).toBe('3');
  });

  it('takes what is no GraphQL response for a failure of the service', async () => {
    const { events, next } = await open();
    events.push('garbage');
    events.push(renamed(order('2')));
    expect((await next()).errors[0].extensions.code).toBe('SERVICE_UNAVAILABLE');
    expect((await next()).data.new.id).toBe('2');
  });

  it('answers with what there is when another service is down', async () => {
    transport.intercept = () => Promise.reject(new TransportError('refused'));
    const { events, next } = await open('subscription { placed(shop: 1) { id gift { to { email } } } }', {
      ...me,
      rights: signedIn,
    });
    events.push({
      data: { placed: { __typename: 'Order', id: '1', gift: { to: { __typename: 'User', id: 'u1' } } } },
    });
    const { data, errors } = await next();
    expect(data).toEqual({ placed: { id: '1', gift: { to: { email: null } } } });
    expect(errors[0].extensions.code).toBe('SERVICE_UNAVAILABLE');
  });

  it('closes the stream at once when the client leaves, event or none', async () => {
    const { events, answers } = await open();
    const waiting = answers.next();
    await answers.return?.();
    expect(events.isClosed).toBe(true);
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(await answers.next()).toEqual({ done: true, value: undefined });
  });

  it('closes the stream when the connection goes away', async () => {
    const { events, answers, abort } = await open();
    const waiting = answers.next();
    abort.abort();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(events.isClosed).toBe(true);
  });

  it('gives up what it is fetching when the client leaves', async () => {
    let signal: CancelSignal | undefined;
    transport.intercept = request => {
      signal = request.signal;
      return new Promise((_, reject) => {
        request.signal?.addEventListener('abort', () => reject(new TransportError('aborted')));
      });
    };
    const { events, answers } = await open();
    events.push(renamed(order('1')));
    const waiting = answers.next();
    await new Promise(resolve => setImmediate(resolve));
    await answers.return?.();
    expect(signal?.aborted).toBe(true);
    expect(await waiting).toEqual({ done: true, value: undefined });
  });

  it('says that the stream broke, and is over', async () => {
    const { events, next, answers } = await open();
    const waiting = next();
    await new Promise(resolve => setImmediate(resolve));
    events.fail(new Error('connect ECONNREFUSED orders.internal:4000'));
    const { errors } = await waiting;
    expect(errors[0]).toMatchObject({ extensions: { code: 'SERVICE_UNAVAILABLE' } });
    expect(JSON.stringify(errors)).not.toMatch(/internal|ECONN/);
    expect(await answers.next()).toEqual({ done: true, value: undefined });
  });

  it('shows each event with the rights of the moment', async () => {
    const { events, next, contexts } = await open('subscription { placed(shop: 1) { buyer { email } } }', {
      ...me,
      rights: signedIn,
    });
    events.push(order('1'));
    expect(await next()).toEqual({ data: { placed: { buyer: { email: 'u1@x.org' } } } });
    contexts.now = me;
    events.push(order('2'));
    expect(await next()).toMatchObject({
      data: { placed: { buyer: { email: null } } },
      errors: [{ path: ['placed', 'buyer', 'email'], extensions: { code: 'UNAUTHENTICATED' } }],
    });
    expect(transport.calls).toHaveLength(1);
  });

  it.each([
    ['{ order { id } }', 'BAD_REQUEST', 400],
    ['subscription { secret }', 'UNAUTHENTICATED', 401],
    ['subscription { placed(shop: 1) { nothing } }', 'GRAPHQL_VALIDATION_FAILED', 400],
    ['subscription { placed(shop: 1) { id } secret }', 'GRAPHQL_VALIDATION_FAILED', 400],
  ])('is refused before anything is opened: %s', async (text, code, status) => {
    const refused = (await executor.subscribe({ query: text }, me)) as SubscriptionSource | ExecutionResult;
    expect(refused).toMatchObject({ status, errorCodes: [code] });
  });
});

function renamed({ data: { placed } }: ReturnType<typeof order>) {
  const { buyer, ...rest } = placed;
  return { data: { new: { ...rest, by: buyer } } };
}
