import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import { silentLogger } from '../../platform/observability/logger';
import { openProcessContext, type ProcessContext, type RunningService } from '../../platform/process';
import { eventually } from '../../platform/testing/eventually';
import { readGatewayConfig } from '../config';
import { startGateway } from '../main';

const sdl = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9")
  type Query { slow: Int }
  type Mutation { change: Int }`;

/** The subgraph answers when and what the test says, or not at all. */
describe.each(['plinth', 'apollo'])('between the gateway and a subgraph, with EXECUTOR=%s', executor => {
  const asked: { text: string; response: ServerResponse }[] = [];
  let subgraph: Server;
  let shared: ProcessContext;
  let folder: string;
  let gateway: RunningService;

  beforeEach(async () => {
    asked.length = 0;
    subgraph = createServer(async (request, response) => {
      let text = '';
      for await (const chunk of request as AsyncIterable<Buffer>) text += chunk.toString();
      asked.push({ text, response });
    });
    await new Promise<void>(resolve => subgraph.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(subgraph.address() as AddressInfo).port}/graphql`;
    folder = await mkdtemp(join(tmpdir(), 'plinth-drain-'));
    const file = join(folder, 'supergraph.graphql');
    await writeFile(file, composeServices([{ name: 'one', url, typeDefs: parse(sdl) }]).supergraphSdl ?? '');
    shared = openProcessContext({ redisUrl: undefined, logger: silentLogger });
    const environment = {
      GATEWAY_PORT: '0',
      SUPERGRAPH_SDL: file,
      LOG_LEVEL: 'silent',
      EXECUTOR: executor,
      SUBGRAPH_TIMEOUT: '3',
    };
    gateway = await startGateway(readGatewayConfig('alone', environment), shared);
  });

  afterEach(async () => {
    await gateway.stop();
    subgraph.closeAllConnections();
    await new Promise(resolve => subgraph.close(resolve));
    await shared.close();
    await rm(folder, { recursive: true });
  });

  const send = (query: string, signal?: AbortSignal) =>
    fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
      ...(signal === undefined ? {} : { signal }),
    });

  const codeOf = async (answer: Promise<Response>) =>
    JSON.parse(await (await answer).text()).errors[0].extensions.code;

  const next = (count: number) =>
    eventually(() => {
      expect(asked).toHaveLength(count);
      return asked[count - 1]!.response;
    });

  it('a stop lets what is in flight finish, and takes nothing new', async () => {
    const answer = send('{ slow }');
    const response = await next(1);
    const stopped = gateway.stop();
    await expect(send('{ slow }')).rejects.toThrow();
    response.end('{"data":{"slow":1}}');
    expect(await (await answer).json()).toEqual({ data: { slow: 1 } });
    await stopped;
    expect(asked).toHaveLength(1);
  });

  it('a query whose connection turns out dead is sent again, once; a mutation never', async () => {
    const query = send('{ slow }');
    (await next(1)).destroy();
    (await next(2)).end('{"data":{"slow":2}}');
    expect(await (await query).json()).toEqual({ data: { slow: 2 } });

    const mutation = send('mutation { change }');
    (await next(3)).destroy();
    expect(await codeOf(mutation)).toBe('SERVICE_UNAVAILABLE');
    expect(asked).toHaveLength(3);
  });

  it('a client that goes away ends its query at the subgraph, and no mutation', async () => {
    const leaving = new AbortController();
    const query = send('{ slow }', leaving.signal).catch(() => undefined);
    const response = await next(1);
    const closed = new Promise(resolve => response.once('close', resolve));
    leaving.abort();
    await Promise.all([closed, query]);

    const gone = new AbortController();
    const mutation = send('mutation { change }', gone.signal).catch(() => undefined);
    const changing = await next(2);
    gone.abort();
    await mutation;
    // Long enough for the gateway to have seen it leave.
    await setTimeout(100);
    expect(changing.socket?.destroyed).toBe(false);
    changing.end('{"data":{"change":1}}');
    await eventually(() => expect(changing.writableFinished).toBe(true));
  });

  it('a subgraph that does not know a field of the supergraph is down, not the client wrong', async () => {
    const query = send('{ slow }');
    const body = {
      errors: [{ message: 'Cannot query "slow"', extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }],
    };
    (await next(1)).writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    const answer = await (await query).text();
    expect(JSON.parse(answer).errors[0].extensions).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    expect(answer).not.toContain('Cannot query');
  });

  it.each([
    '[]',
    '5',
    'null',
    '{"data":5}',
    '{"data":{},"errors":{}}',
    '{"errors":[5]}',
    '{"data":null,"errors":[{}]}',
  ])('%s is no answer', async text => {
    const query = send('{ slow }');
    (await next(1)).end(text);
    expect(await codeOf(query)).toBe('SERVICE_UNAVAILABLE');
  });
});
