import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { WebSocket } from 'ws';
import { TestAuthority } from '../platform/testing/certificates';
import { eventually } from '../platform/testing/eventually';
import { administrator, type Plinth, services, startPlinth } from './plinth';

/** Every listener has TLS, and every service asks its callers for a certificate. */
describe('TLS on all six servers (G15)', () => {
  let folder: string;
  let plinth: Plinth;
  let url: string;
  let ca: Buffer;
  let dispatcher: Agent;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plinth-tls-'));
    const authority = await TestAuthority.create(folder);
    const server = await authority.issue('server');
    const client = await authority.issue('client');
    ca = await readFile(authority.caFile);
    dispatcher = new Agent({ connect: { ca } });
    plinth = await startPlinth(ports => ({
      SERVICE_TLS_CA_FILE: authority.caFile,
      SERVICE_TLS_CERT_FILE: client.certFile,
      SERVICE_TLS_KEY_FILE: client.keyFile,
      ...Object.fromEntries(
        services.flatMap(service => {
          const name = service.toUpperCase();
          return [
            [`${name}_TLS_CERT_FILE`, server.certFile],
            [`${name}_TLS_KEY_FILE`, server.keyFile],
            ...(service === 'gateway'
              ? []
              : [
                  [`${name}_TLS_CLIENT_CA_FILE`, authority.caFile],
                  [`${name}_URL`, `https://127.0.0.1:${ports[service]}`],
                ]),
          ];
        }),
      ),
    }));
    url = plinth.urls.gateway.replace('http:', 'https:');
  }, 90_000);

  afterAll(async () => {
    await plinth?.close();
    await dispatcher.close();
    await rm(folder, { recursive: true });
  }, 30_000);

  async function rest(method: string, path: string, options: { token?: string; body?: object } = {}) {
    const answer = await request(`${url}${path}`, {
      dispatcher,
      method: method as 'GET',
      headers: {
        ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
        ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    });
    const text = await answer.body.text();
    return {
      status: answer.statusCode,
      headers: answer.headers,
      text,
      body: text.startsWith('{') ? JSON.parse(text) : {},
    };
  }

  it('carries a whole story: reads, commands between services, files and live answers', async () => {
    const login = await rest('POST', '/auth/login', {
      body: { username: administrator.email, password: administrator.password },
    });
    expect([login.status, login.headers['strict-transport-security']]).toEqual([200, 'max-age=31536000']);
    const token = login.body.access_token as string;
    // The account is made by a command of users to auth.
    const created = await rest('POST', '/users', {
      token,
      body: { username: 'grace', email: 'grace@example.com', password: 'correct horse battery staple' },
    });
    expect([created.status, created.body.username]).toEqual([201, 'grace']);

    const part = 'content-disposition: form-data; name="file"; filename="note.txt"';
    const upload = await request(`${url}/files/upload`, {
      dispatcher,
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'multipart/form-data; boundary=b' },
      body: `--b\r\n${part}\r\ncontent-type: text/plain\r\n\r\nover TLS\r\n--b--\r\n`,
    });
    const { id } = (await upload.body.json()) as { id: string };
    expect(upload.statusCode).toBe(201);
    expect((await rest('GET', `/files/download/${id}`, { token })).text).toBe('over TLS');

    const socket = new WebSocket(`${url.replace('https', 'wss')}/graphql`, 'graphql-transport-ws', { ca });
    await once(socket, 'open');
    const messages: { type: string; id?: string }[] = [];
    socket.on('message', text => messages.push(JSON.parse(String(text))));
    socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }));
    await eventually(() => expect(messages.at(-1)?.type).toBe('connection_ack'));
    const deletion = await rest('DELETE', `/users/${created.body.id}`, { token });
    const query = `subscription { deletionChanged(id: "${deletion.body.deletion_id}") { id status } }`;
    socket.send(JSON.stringify({ type: 'subscribe', id: '1', payload: { query } }));
    await eventually(() => expect(messages.map(({ type }) => type)).toContain('next'));
    socket.terminate();
  });

  it('reaches every service, and nobody reaches one without a certificate', async () => {
    const ready = await rest('GET', '/health/ready');
    expect(Object.values(ready.body.subgraphs)).toEqual(services.slice(0, -1).map(() => 'ready'));
    const metrics = await rest('GET', '/metrics');
    for (const service of services) expect(metrics.text).toContain(`\nup{service="${service}"} 1\n`);
    for (const service of services.slice(0, -1)) {
      const own = plinth.urls[service]!.replace('http:', 'https:');
      await expect(request(`${own}/health`, { dispatcher })).rejects.toThrow();
    }
  });

  it('raises an alert for each certificate that expires within 14 days (M5)', async () => {
    const login = await rest('POST', '/auth/login', {
      body: { username: administrator.email, password: administrator.password },
    });
    const query = `{ alerts(first: 100, filter: { states: [FIRING] }) { nodes { service value name } } }`;
    interface Firing {
      data: { alerts: { nodes: { service: string; value: number; name: string }[] } };
    }
    await eventually(async () => {
      const answer = await rest('POST', '/graphql', { token: login.body.access_token, body: { query } });
      const { nodes } = (answer.body as Firing).data.alerts;
      const firing = nodes.filter(({ name }) => name === 'Certificate expires');
      expect(new Set(firing.map(({ service }) => service))).toEqual(new Set(services));
      for (const { value } of firing) expect(Math.abs(value - 24 * 3_600)).toBeLessThan(600);
    }, 30_000);
  });
});
