import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { WebSocket } from 'ws';
import { accessChanged, sessionsRevoked } from '../../platform/security/access-events';
import { eventually } from '../../platform/testing/eventually';
import { LiveClient } from '../../platform/testing/live-client';
import { LiveGraph } from '../testing/live-graph';

let graph: LiveGraph;
const opened: { close(): unknown }[] = [];

beforeAll(async () => {
  graph = await LiveGraph.start({ SUBSCRIPTIONS_PER_CLIENT: '5', WEBSOCKET_CONNECTIONS_PER_CLIENT: '8' });
}, 60_000);
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
  graph.open.clear();
});
afterAll(() => graph.stop());

const connect = (params: Record<string, unknown> = {}, headers: Record<string, string> = {}) => {
  const client = new LiveClient(graph.gateway.url, params, headers);
  opened.push(client);
  return client;
};
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const watchRoom = 'subscription ($id: ID!) { roomChanged(id: $id) { id isOpen guests } }';

/** A raw socket: what it receives, and the code with which it is closed. */
async function raw(options: { origin?: string; protocol?: string; path?: string; from?: string } = {}) {
  const { origin, protocol = 'graphql-transport-ws', path = '/graphql', from } = options;
  const socket = new WebSocket(`${graph.gateway.url.replace('http', 'ws')}${path}`, protocol, {
    ...(origin === undefined ? {} : { origin }),
    ...(from === undefined ? {} : { headers: { 'x-forwarded-for': from } }),
  });
  const messages: { type: string; id?: string; payload?: unknown }[] = [];
  const closed = new Promise<[number, string]>(resolve =>
    socket.once('close', (code, reason) => resolve([code, String(reason)])),
  );
  socket.on('message', data => messages.push(JSON.parse(String(data))));
  opened.push({ close: () => socket.terminate() });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const send = (message: object) => socket.send(JSON.stringify(message));
  const init = async (payload: object = {}) => {
    send({ type: 'connection_init', payload });
    await eventually(() => expect(messages[0]?.type).toBe('connection_ack'));
  };
  return { socket, messages, closed, send, init };
}

const subscribe = (id: string, query: string, rest: object = {}) => ({
  type: 'subscribe',
  id,
  payload: { query, ...rest },
});

describe('a subscription over a WebSocket (G10)', () => {
  it('sends the state now and each change, completed by the other services', async () => {
    const watched = connect().subscribe(watchRoom, { id: 'a' });
    await eventually(() =>
      expect(watched.results).toEqual([
        { data: { roomChanged: { id: 'a', isOpen: false, guests: ['Ada'] } } },
      ]),
    );
    graph.setOpen('a', true);
    await eventually(() =>
      expect(watched.results.at(-1)).toEqual({
        data: { roomChanged: { id: 'a', isOpen: true, guests: ['Ada'] } },
      }),
    );
    expect(watched.results).toHaveLength(2);
  });

  it('lives on when the gateway takes over a new schema (G6)', async () => {
    const client = connect();
    const watched = client.subscribe(watchRoom, { id: 'schema' });
    await eventually(() => expect(watched.results).toHaveLength(1));
    await graph.changeSchema();
    await eventually(async () => {
      const fields = client.subscribe('{ __type(name: "Room") { fields { name } } }');
      await eventually(() => expect(fields.isOver).toBe(true));
      expect(JSON.stringify(fields.results)).toContain('mood');
    });
    graph.setOpen('schema', true);
    await eventually(() =>
      expect(watched.results.slice(1)).toEqual([
        { data: { roomChanged: { id: 'schema', isOpen: true, guests: ['Ada'] } } },
      ]),
    );
    expect([watched.isOver, client.closed]).toEqual([false, undefined]);
  });

  it('answers queries and mutations on the same socket, and errors as messages of their operation', async () => {
    const client = connect();
    const opens = client.subscribe('mutation { open(id: "b") { isOpen guests } }');
    await eventually(() => expect(opens.isOver).toBe(true));
    expect(opens.results).toEqual([{ data: { open: { isOpen: true, guests: ['Ada'] } } }]);
    for (const [text, code] of [
      ['{ room(', 'GRAPHQL_PARSE_FAILED'],
      ['subscription { nothing }', 'GRAPHQL_VALIDATION_FAILED'],
      [`{ ${'room(id: 1) { id } '.repeat(3)} ${'a'.repeat(150_000)} }`, 'OPERATION_LIMIT_EXCEEDED'],
      ['subscription { alarm }', 'UNAUTHENTICATED'],
    ] as const) {
      const refused = client.subscribe(text);
      await eventually(() => expect(refused.isOver).toBe(true));
      expect(refused.code).toBe(code);
    }
    expect(client.closed).toBeUndefined();
  });

  it('takes a persisted query in two steps', async () => {
    const client = await raw();
    await client.init();
    const sha256Hash = '5ba0d9b0ff1b0d2b0a2b6a1d9c2f1a0d1f8e7d6c5b4a39281706f5e4d3c2b1a0';
    client.send(subscribe('1', '', { extensions: { persistedQuery: { version: 1, sha256Hash } } }));
    await eventually(() =>
      expect(client.messages.at(-1)).toMatchObject({
        type: 'error',
        id: '1',
        payload: [{ extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } }],
      }),
    );
  });

  it.each([
    ['4400 for a message that is no JSON', '{', 4400],
    ['4400 for a message of a server', '{"type":"next","id":"1","payload":{}}', 4400],
    ['4429 for a second connection_init', '{"type":"connection_init"}', 4429],
    [
      '1009 for a message that is too large',
      JSON.stringify({ type: 'ping', payload: { x: 'x'.repeat(300_000) } }),
      1009,
    ],
  ])('closes with %s', async (_, message, code) => {
    const client = await raw();
    await client.init();
    client.socket.send(message);
    expect((await client.closed)[0]).toBe(code);
  });

  it('closes with 4401 before connection_init, 4408 without it, 4409 for an id twice, 4406 for another protocol', async () => {
    const early = await raw();
    early.send(subscribe('1', '{ room(id: 1) { id } }'));
    expect(await early.closed).toEqual([4401, 'Unauthorized']);
    const silent = await raw();
    const twice = await raw();
    await twice.init();
    twice.send(subscribe('1', 'subscription { knocked }'));
    twice.send(subscribe('1', 'subscription { knocked }'));
    expect((await twice.closed)[0]).toBe(4409);
    await expect(raw({ protocol: 'graphql-ws' })).rejects.toThrow();
    expect(await silent.closed).toEqual([4408, 'Connection initialisation timeout']);
  });

  it('lets in pages of allowed origins and its own, and refuses others and other paths at the handshake', async () => {
    await raw({ origin: 'https://app.example.com' });
    await raw({ origin: graph.gateway.url });
    await expect(raw({ origin: 'https://evil.example.com' })).rejects.toThrow('403');
    await expect(raw({ path: '/other' })).rejects.toThrow('404');
  });

  it('refuses a bad credential with 4403 and its code', async () => {
    const client = connect(bearer(`${graph.issuer.token()}x`));
    client.subscribe(watchRoom, { id: 'a' });
    await eventually(() => expect(client.closed).toEqual({ code: 4403, reason: 'TOKEN_INVALID' }));
  });

  it('has a limit of subscriptions for each client', async () => {
    const token = graph.issuer.token({ userId: 'many' });
    const first = connect(bearer(token));
    for (let count = 0; count < 5; count++) first.subscribe(watchRoom, { id: 'a' });
    const second = connect(bearer(token));
    await eventually(async () => {
      const sixth = second.subscribe(watchRoom, { id: 'a' });
      await eventually(() => expect(sixth.isOver).toBe(true), 300);
      expect(sixth.code).toBe('TOO_MANY_SUBSCRIPTIONS');
    });
    await first.close();
    await eventually(async () => {
      const again = second.subscribe(watchRoom, { id: 'a' });
      await eventually(() => expect(again.results[0]?.data).toBeDefined(), 300);
    });
  });

  it('has a limit of sockets for each address, IPv6 by /64, and refuses more with 429 at the handshake', async () => {
    const sockets = await Promise.all(
      Array.from({ length: 8 }, (_, at) => raw({ from: `2001:db8:0:7::${at + 1}` })),
    );
    await expect(raw({ from: '2001:db8:0:7::99' })).rejects.toThrow('429');
    // What the client wrote itself changes nothing.
    await expect(raw({ from: '198.51.100.1, 2001:db8:0:7::99' })).rejects.toThrow('429');
    await raw({ from: '2001:db8:0:8::1' });
    sockets[0]!.socket.close();
    await eventually(() => raw({ from: '2001:db8:0:7::99' }));
  });
});

describe('access', () => {
  it('ends with the session: the socket is closed with 4403 TOKEN_REVOKED', async () => {
    const sessionId = 'session-1';
    const client = connect(bearer(graph.issuer.token({ userId: 'ada', sessionId })));
    const watched = client.subscribe(watchRoom, { id: 'a' });
    await eventually(() => expect(watched.results).toHaveLength(1));
    await publish(sessionsRevoked, { userId: 'ada', sessionIds: [sessionId] });
    await eventually(() => expect(client.closed).toEqual({ code: 4403, reason: 'TOKEN_REVOKED' }), 1_500);
  });

  it('ends when the token expires, unless a ping brings a fresh one of the same user', async () => {
    const token = () => bearer(graph.issuer.token({ userId: 'bob', expiresIn: 2 }));
    const left = connect(token());
    left.subscribe(watchRoom, { id: 'a' });
    const kept = await raw();
    await kept.init(token());
    kept.send(subscribe('1', 'subscription { whoAmI }'));
    await eventually(() => expect(kept.messages.at(-1)).toMatchObject({ type: 'next' }));
    kept.send({ type: 'ping', payload: bearer(graph.issuer.token({ userId: 'bob' })) });
    await eventually(() => expect(kept.messages.at(-1)).toMatchObject({ type: 'pong' }));
    await eventually(() => expect(left.closed).toEqual({ code: 4403, reason: 'TOKEN_EXPIRED' }));
    const before = kept.messages.length;
    graph.live.publish('whoAmI', 1);
    await eventually(() =>
      expect(kept.messages.slice(before)).toEqual([
        { id: '1', type: 'next', payload: { data: { whoAmI: 'bob' } } },
      ]),
    );
    kept.send({ type: 'ping', payload: bearer(graph.issuer.token({ userId: 'eve' })) });
    expect(await kept.closed).toEqual([4403, 'CREDENTIAL_OF_ANOTHER_CALLER']);
  });

  it('ends a subscription whose permission was taken, and leaves the others of the socket', async () => {
    const client = connect(bearer(graph.issuer.token({ userId: 'cid', permissions: ['alarms:read'] })));
    const alarm = client.subscribe('subscription { alarm }');
    const room = client.subscribe(watchRoom, { id: 'a' });
    await eventually(() => expect(room.results).toHaveLength(1));
    await eventually(() => {
      graph.live.publish('alarm', 'fire');
      expect(alarm.results.at(-1)).toEqual({ data: { alarm: 'fire' } });
    });
    await publish(accessChanged, { userId: 'cid', roles: [], permissions: [] });
    await eventually(() => expect(alarm.isOver).toBe(true), 1_500);
    expect(alarm.code).toBe('FORBIDDEN');
    expect([client.closed, room.isOver]).toEqual([undefined, false]);
  });

  async function publish(type: string, data: object): Promise<void> {
    const now = Date.now();
    await graph.shared.bus.publish([
      { id: `${now}-${type}`, type, version: 1, source: 'auth', occurredAt: now, data },
    ]);
  }
});

it('ends the subscription of a client that does not read, and serves the others', async () => {
  const token = bearer(graph.issuer.token({ userId: 'slow', permissions: ['alarms:read'] }));
  const slow = await raw();
  await slow.init(token);
  slow.send(subscribe('1', 'subscription { alarm }'));
  const other = connect().subscribe(watchRoom, { id: 's' });
  await eventually(() => expect(other.results).toHaveLength(1));
  await eventually(() => {
    graph.live.publish('alarm', 'first');
    expect(slow.messages.at(-1)).toMatchObject({ type: 'next' });
  });
  slow.socket.pause();
  for (let count = 0; count < 900; count++) {
    graph.live.publish('alarm', 'x'.repeat(64_000));
    await new Promise(resolve => setImmediate(resolve));
  }
  graph.setOpen('s', true);
  await eventually(() => expect(other.results).toHaveLength(2));
  slow.socket.resume();
  await eventually(() => expect(slow.messages.at(-1)).toMatchObject({ type: 'complete', id: '1' }));
  expect(slow.messages.at(-2)).toMatchObject({
    payload: { errors: [{ extensions: { code: 'SUBSCRIBER_TOO_SLOW' } }] },
  });
  expect(slow.messages.length).toBeLessThan(900);
});

describe('a break of the connection to the service', () => {
  it('is followed by the state now, once, and the changes after it', async () => {
    const watched = connect().subscribe<{ roomChanged: { isOpen: boolean } }>(watchRoom, { id: 'c' });
    await eventually(() => expect(watched.results).toHaveLength(1));
    await graph.breakRooms(() => graph.open.add('c'));
    await eventually(() => expect(watched.results).toHaveLength(2));
    expect(watched.results[1]?.data?.roomChanged.isOpen).toBe(true);
    graph.setOpen('c', false);
    await eventually(() => expect(watched.results).toHaveLength(3));
    expect(watched.results[2]?.data?.roomChanged.isOpen).toBe(false);
  });

  it('ends a subscription that has no state, and says so', async () => {
    const watched = connect().subscribe('subscription { knocked }');
    await eventually(() => {
      graph.live.publish('knocked', 1);
      expect(watched.results.length).toBeGreaterThan(0);
    });
    await graph.breakRooms();
    await eventually(() => expect(watched.isOver).toBe(true));
    expect(watched.code).toBe('SUBSCRIPTION_INTERRUPTED');
  });

  it('refuses a subscription while the service is down', async () => {
    await graph.stopRooms();
    const watched = connect().subscribe(watchRoom, { id: 'c' });
    await eventually(() => expect(watched.isOver).toBe(true));
    expect(watched.code).toBe('SERVICE_UNAVAILABLE');
    await graph.startRooms();
  });
});

describe('a subscription over HTTP (G10)', () => {
  const open = async (
    accept: string,
    method: 'GET' | 'POST',
    query: string,
    headers: Record<string, string> = {},
  ) => {
    const abort = new AbortController();
    opened.push({ close: () => abort.abort() });
    const url = `${graph.gateway.url}/graphql`;
    const response =
      method === 'GET'
        ? await fetch(`${url}?query=${encodeURIComponent(query)}`, {
            headers: { accept, ...headers },
            signal: abort.signal,
          })
        : await fetch(url, {
            method,
            headers: { accept, 'content-type': 'application/json', ...headers },
            body: JSON.stringify({ query }),
            signal: abort.signal,
          });
    const received = { text: '', isOver: false };
    void (async () => {
      try {
        for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
          received.text += Buffer.from(chunk).toString();
        }
      } catch {
        // Aborted by the test.
      }
      received.isOver = true;
    })();
    return { response, received };
  };
  const room = (id: string) => `subscription { roomChanged(id: "${id}") { isOpen guests } }`;
  const accepts = {
    events: 'text/event-stream',
    multipart: 'multipart/mixed;boundary="graphql";subscriptionSpec="1.0",application/json',
  };

  it.each(['POST', 'GET'] as const)('sends server-sent events by %s', async method => {
    const { response, received } = await open(accepts.events, method, room('d'));
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const event = (isOpen: boolean) =>
      `event: next\ndata: {"data":{"roomChanged":{"isOpen":${isOpen},"guests":["Ada"]}}}\n\n`;
    await eventually(() => expect(received.text).toBe(`:\n\n${event(false)}`));
    graph.setOpen('d', true);
    await eventually(() => expect(received.text).toBe(`:\n\n${event(false)}${event(true)}`));
  });

  it('sends the parts that Apollo Client reads', async () => {
    const { response, received } = await open(accepts.multipart, 'POST', room('e'));
    expect(response.headers.get('content-type')).toBe(
      'multipart/mixed;boundary="graphql";subscriptionSpec="1.0"',
    );
    const parts = () =>
      received.text
        .split('\r\n--graphql')
        .slice(1, -1)
        .map(part => JSON.parse(part.split('\r\n\r\n')[1]!) as unknown);
    const payload = (isOpen: boolean) => ({
      payload: { data: { roomChanged: { isOpen, guests: ['Ada'] } } },
    });
    await eventually(() => expect(parts()).toEqual([payload(false)]));
    graph.setOpen('e', true);
    await eventually(() => expect(parts()).toEqual([payload(false), payload(true)]));
  });

  it('ends both with an error when the token expires', async () => {
    const token = bearer(graph.issuer.token({ userId: 'dan', expiresIn: 2 }));
    const events = await open(accepts.events, 'POST', room('f'), token);
    const multipart = await open(accepts.multipart, 'POST', room('f'), token);
    await eventually(() => expect([events.received.isOver, multipart.received.isOver]).toEqual([true, true]));
    expect(events.received.text).toMatch(
      /event: next\ndata: \{"errors":.*TOKEN_EXPIRED.*\n\nevent: complete\ndata:\n\n$/,
    );
    expect(multipart.received.text).toMatch(
      /\{"payload":null,"errors":.*TOKEN_EXPIRED.*\}\r\n--graphql--\r\n$/,
    );
  });

  it('ends the stream of a client that does not read', async () => {
    const token = graph.issuer.token({ userId: 'slow-stream', permissions: ['alarms:read'] });
    const sent = request(`${graph.gateway.url}/graphql`, {
      method: 'POST',
      headers: { accept: accepts.events, 'content-type': 'application/json', ...bearer(token) },
    });
    sent.end('{"query":"subscription { alarm }"}');
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    let text = '';
    response.on('data', chunk => {
      text += String(chunk);
    });
    await eventually(() => {
      graph.live.publish('alarm', 'first');
      expect(text).toContain('first');
    });
    response.pause();
    for (let count = 0; count < 900; count++) {
      graph.live.publish('alarm', 'x'.repeat(64_000));
      await new Promise(resolve => setImmediate(resolve));
    }
    response.resume();
    await once(response, 'end');
    expect(text).toMatch(/SUBSCRIBER_TOO_SLOW.*\n\nevent: complete\ndata:\n\n$/);
    expect(text.split('event: next').length).toBeLessThan(900);
  });

  it('has the limit of subscriptions for each client too, anonymous ones by their network', async () => {
    const from = (at: number) => ({ 'x-forwarded-for': `2001:db8:0:9::${at}` });
    for (let at = 1; at <= 5; at++) {
      const { response } = await open(accepts.events, 'POST', room('h'), from(at));
      expect(response.status).toBe(200);
    }
    for (const accept of Object.values(accepts)) {
      const { response, received } = await open(accept, 'POST', room('h'), from(6));
      await eventually(() => expect(received.isOver).toBe(true));
      expect([response.status, JSON.parse(received.text).errors[0].extensions.code]).toEqual([
        429,
        'TOO_MANY_SUBSCRIPTIONS',
      ]);
    }
  });

  it('answers a refusal as JSON with its status', async () => {
    for (const accept of Object.values(accepts)) {
      const { response, received } = await open(accept, 'POST', 'subscription { alarm }');
      await eventually(() => expect(received.isOver).toBe(true));
      expect([response.status, JSON.parse(received.text).errors[0].extensions.code]).toEqual([
        401,
        'UNAUTHENTICATED',
      ]);
    }
    const foreign = await open(accepts.events, 'GET', room('d'), { origin: 'https://evil.example.com' });
    expect(foreign.response.status).toBe(403);
  });

  it('sends the one result of a query as an event', async () => {
    const { received } = await open(accepts.events, 'POST', '{ room(id: "g") { isOpen } }');
    await eventually(() => expect(received.isOver).toBe(true));
    expect(received.text).toBe(
      ':\n\nevent: next\ndata: {"data":{"room":{"isOpen":false}}}\n\nevent: complete\ndata:\n\n',
    );
  });
});

it('counts each connection_init, so that wrong credentials are limited as over HTTP (G3)', async () => {
  const own = await LiveGraph.start({ RATE_LIMIT_POINTS: '3' });
  const closing = async (address: string, params: Record<string, string>) => {
    const client = new LiveClient(own.gateway.url, params, { 'x-forwarded-for': address });
    await eventually(() => expect(client.closed).toBeDefined());
    return client.closed;
  };
  const guess = { authorization: 'Bearer guess' };
  for (let at = 0; at < 3; at++) {
    expect(await closing('203.0.113.5', guess)).toEqual({ code: 4403, reason: 'TOKEN_INVALID' });
  }
  expect(await closing('203.0.113.5', guess)).toEqual({ code: 1013, reason: 'RATE_LIMITED' });
  expect(await closing('203.0.113.5', {})).toEqual({ code: 1013, reason: 'RATE_LIMITED' });
  expect(await closing('203.0.113.6', guess)).toEqual({ code: 4403, reason: 'TOKEN_INVALID' });
  await own.stop();
});

it('answers the mutations that run on a socket before it stops, and refuses new ones', async () => {
  const own = await LiveGraph.start();
  let release: () => void = () => {};
  own.opening = new Promise(resolve => {
    release = resolve;
  });
  const client = new LiveClient(own.gateway.url);
  const running = client.subscribe('mutation { open(id: "a") { isOpen } }');
  // Both are on the way in this order.
  const query = client.subscribe('{ room(id: "a") { isOpen } }');
  await eventually(() => expect(query.isOver).toBe(true));
  const stopped = own.stop();
  const late = client.subscribe('{ room(id: "a") { isOpen } }');
  await eventually(() => expect(late.code).toBe('SHUTTING_DOWN'));
  release();
  await eventually(() => expect(client.closed?.code).toBe(1001));
  expect(running.results).toEqual([{ data: { open: { isOpen: true } } }]);
  await stopped;
});

it('closes sockets with 1001 when it stops, and ends streams with SHUTTING_DOWN', async () => {
  const own = await LiveGraph.start();
  const client = new LiveClient(own.gateway.url);
  const watched = client.subscribe(watchRoom, { id: 'a' });
  const response = await fetch(`${own.gateway.url}/graphql`, {
    method: 'POST',
    headers: { accept: 'text/event-stream', 'content-type': 'application/json' },
    body: JSON.stringify({ query: 'subscription { roomChanged(id: 1) { id } }' }),
  });
  await eventually(() => expect(watched.results).toHaveLength(1));
  const text = response.text();
  await own.stop();
  await eventually(() => expect(client.closed?.code).toBe(1001));
  expect(await text).toMatch(/SHUTTING_DOWN.*\n\nevent: complete\ndata:\n\n$/);
});
