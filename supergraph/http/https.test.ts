import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import { Agent, type Dispatcher, request } from 'undici';
import { WebSocket } from 'ws';
import { HttpServer } from '../../platform/http/server';
import { silentLogger } from '../../platform/observability/logger';
import { Metrics } from '../../platform/observability/metrics';
import { openProcessContext, type ProcessContext, type RunningService } from '../../platform/process';
import { TestAuthority } from '../../platform/testing/certificates';
import { readGatewayConfig } from '../config';
import { startGateway } from '../main';

const sdl = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9")
  type Query { hello: String }
  type Mutation { greet: String }`;

describe('HTTPS (G15)', () => {
  let folder: string;
  let authority: TestAuthority;
  let supergraph: string;
  let service: HttpServer;
  let dispatcher: Agent;
  const closers: (() => unknown)[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plinth-https-'));
    authority = await TestAuthority.create(folder);
    service = new HttpServer({
      logger: silentLogger,
      metrics: new Metrics('one'),
      tls: { ...(await authority.issue('one')), caFile: authority.caFile },
      routes: [
        {
          method: 'POST',
          path: '/graphql',
          handle: async incoming => {
            const { query } = (await incoming.json(10_000)) as { query: string };
            const data = query.includes('greet') ? { greet: 'hi' } : { hello: 'world' };
            return {
              status: 200,
              headers: { 'content-type': 'application/json' },
              body: JSON.stringify({ data }),
            };
          },
        },
        { method: 'GET', path: '/metrics', handle: () => ({ status: 200, body: 'of_one 1\n' }) },
        { method: 'GET', path: '/health/ready', handle: () => ({ status: 200, body: '{}' }) },
      ],
    });
    const url = `https://127.0.0.1:${await service.listen(0, '127.0.0.1')}/graphql`;
    supergraph = join(folder, 'supergraph.graphql');
    const composed = composeServices([{ name: 'one', url, typeDefs: parse(sdl) }]);
    await writeFile(supergraph, composed.supergraphSdl ?? '');
    dispatcher = new Agent({ connect: { ca: await readFile(authority.caFile) } });
  });
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });
  afterAll(async () => {
    await dispatcher.close();
    await service.stop(0);
    await rm(folder, { recursive: true });
  });

  async function start(environment: Record<string, string>): Promise<RunningService> {
    const config = readGatewayConfig('alone', {
      GATEWAY_PORT: '0',
      SUPERGRAPH_SDL: supergraph,
      LOG_LEVEL: 'silent',
      ...environment,
    });
    const shared: ProcessContext = openProcessContext({
      redisUrl: undefined,
      logger: silentLogger,
      tls: config,
    });
    closers.push(() => shared.close());
    const gateway = await startGateway(config, shared);
    closers.push(() => gateway.stop());
    return gateway;
  }

  async function ask(url: string, options: Partial<Dispatcher.RequestOptions> = {}) {
    const { statusCode, headers, body } = await request(url, {
      dispatcher,
      method: 'GET',
      ...options,
    } as never);
    return { status: statusCode, headers, text: await body.text() };
  }

  const post = (query: string): Partial<Dispatcher.RequestOptions> => ({
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });

  it.each(['plinth', 'apollo'])(
    'from the client to a service that asks for a certificate, with EXECUTOR=%s',
    async executor => {
      const own = await authority.issue('gateway');
      const client = await authority.issue('client');
      const { url } = await start({
        EXECUTOR: executor,
        GATEWAY_TLS_CERT_FILE: own.certFile,
        GATEWAY_TLS_KEY_FILE: own.keyFile,
        SERVICE_TLS_CA_FILE: authority.caFile,
        SERVICE_TLS_CERT_FILE: client.certFile,
        SERVICE_TLS_KEY_FILE: client.keyFile,
      });
      expect(url).toMatch(/^https:/);
      const query = await ask(`${url}/graphql`, post('{ hello }'));
      expect(query).toMatchObject({ status: 200, text: '{"data":{"hello":"world"}}' });
      expect(query.headers['strict-transport-security']).toBe('max-age=31536000');
      expect((await ask(`${url}/graphql`, post('mutation { greet }'))).text).toBe('{"data":{"greet":"hi"}}');
      expect((await ask(`${url}/metrics`)).text).toContain('of_one{service="one"} 1\n');
      expect((await ask(`${url}/health/ready`)).status).toBe(200);
      if (executor === 'plinth') expect(await firstMessage(url)).toEqual({ type: 'connection_ack' });
    },
  );

  /** What a WebSocket is answered to the start of its protocol. */
  async function firstMessage(url: string): Promise<unknown> {
    const ca = await readFile(authority.caFile);
    const socket = new WebSocket(`${url.replace('https', 'wss')}/graphql`, 'graphql-transport-ws', { ca });
    closers.push(() => socket.terminate());
    await once(socket, 'open');
    socket.send('{"type":"connection_init"}');
    const [message] = await once(socket, 'message');
    return JSON.parse(String(message));
  }

  it('answers that the service is away when the gateway has no certificate for it', async () => {
    const { url } = await start({ SERVICE_TLS_CA_FILE: authority.caFile });
    const { text } = await ask(`${url}/graphql`, post('{ hello }'));
    expect(text).toContain('SERVICE_UNAVAILABLE');
    expect(text).not.toContain('127.0.0.1');
    const page = await ask(`${url}/metrics`);
    expect(page.text).toContain('up{service="one"} 0\n');
    expect(page.headers['strict-transport-security']).toBeUndefined();
  });

  it('names the setting that is missing', async () => {
    const { certFile } = await authority.issue('gateway');
    await expect(start({ GATEWAY_TLS_CERT_FILE: certFile })).rejects.toThrow(
      'GATEWAY_TLS_KEY_FILE is not set',
    );
    await expect(start({ SERVICE_TLS_CERT_FILE: certFile })).rejects.toThrow('SERVICE_TLS_KEY_FILE');
  });

  it('redirects or refuses what a trusted proxy received in plain text, and believes nobody else', async () => {
    const redirecting = await start({ PLAIN_HTTP: 'redirect', TRUSTED_PROXIES: '127.0.0.1' });
    const forwarded = (proto: string) => ({ 'x-forwarded-proto': proto, host: 'api.example.com:80' });
    const plain = await ask(`${redirecting.url}/docs?x=1`, { headers: forwarded('http') });
    expect([plain.status, plain.headers['location']]).toEqual([308, 'https://api.example.com/docs?x=1']);
    const secure = await ask(`${redirecting.url}/docs`, { headers: forwarded('http, https') });
    expect([secure.status, secure.headers['strict-transport-security']]).toEqual([200, 'max-age=31536000']);
    const refused = await ask(`${redirecting.url}/graphql`, post('{ hello }'));
    expect([refused.status, JSON.parse(refused.text).error]).toEqual([403, 'HTTPS_REQUIRED']);
    expect((await ask(`${redirecting.url}/health`)).status).toBe(200);

    const refusing = await start({ PLAIN_HTTP: 'refuse' });
    const forged = await ask(`${refusing.url}/docs`, { headers: forwarded('https') });
    expect(forged.status).toBe(403);
    expect(forged.headers['strict-transport-security']).toBeUndefined();
  });
});
