import type { AddressInfo } from 'node:net';
import { buildSchema } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { eventually } from '../../platform/testing/eventually';
import { ServiceConnections } from './service-connection';

const operation = { query: 'subscription { tick }', variables: {}, extensions: {} };

describe('the connections to services', () => {
  let server: WebSocketServer;
  let url: string;
  const connections = new ServiceConnections(() => undefined);

  beforeAll(async () => {
    const schema = buildSchema('type Query { no: Int } type Subscription { tick: Int }');
    schema.getSubscriptionType()!.getFields()['tick']!.subscribe = async function* () {
      yield { tick: 1 };
      await new Promise(() => {});
    };
    server = new WebSocketServer({ port: 0, path: '/graphql' });
    useServer({ schema }, server);
    await new Promise(resolve => server.once('listening', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
  });

  afterAll(async () => {
    await connections.close();
    for (const client of server.clients) client.terminate();
    await new Promise(resolve => server.close(resolve));
  });

  const subscribe = async () => {
    const results: unknown[] = [];
    const ends: unknown[] = [];
    const end = connections.to(url).subscribe(operation, {
      next: result => results.push(result),
      error: errors => ends.push(errors),
      complete: () => ends.push('complete'),
    });
    await eventually(() => expect(results).toEqual([{ data: { tick: 1 } }]));
    return { end, ends };
  };

  it('share one socket to an instance, and are forgotten when nobody uses them: instances come and go', async () => {
    const [one, other] = [await subscribe(), await subscribe()];
    const used = connections.to(url);
    expect(server.clients.size).toBe(1);
    one.end();
    other.end();
    await eventually(() => expect(connections.to(url)).not.toBe(used));
    expect(server.clients.size).toBe(0);
  });

  it('are forgotten when they break, and made anew', async () => {
    const { ends } = await subscribe();
    const used = connections.to(url);
    for (const client of server.clients) client.terminate();
    await eventually(() => expect(ends).toEqual([undefined]));
    await eventually(() => expect(connections.to(url)).not.toBe(used));
    const again = await subscribe();
    expect(server.clients.size).toBe(1);
    again.end();
  });
});
