import { once } from 'node:events';
import { get, type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Route } from '../../platform/http/router';
import { HttpServer } from '../../platform/http/server';
import { silentLogger } from '../../platform/observability/logger';
import { Metrics } from '../../platform/observability/metrics';
import { projectRoot } from '../../platform/project-root';
import { eventually } from '../../platform/testing/eventually';
import { readStreamTable } from '../rest/table';
import { passThroughRoutes } from './pass-through';

async function listening(routes: Route[]): Promise<{ url: string; stop: () => Promise<void> }> {
  const server = new HttpServer({ logger: silentLogger, metrics: new Metrics('test'), routes });
  const port = await server.listen(0, '127.0.0.1');
  return { url: `http://127.0.0.1:${port}`, stop: () => server.stop(0) };
}

describe('a path that is passed through', () => {
  const closers: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
  });

  async function gateway(serviceUrl: string | undefined, method: 'GET' | 'POST' = 'GET'): Promise<string> {
    const { url, stop } = await listening(
      passThroughRoutes(
        [{ method, path: '/users/exports/:id', service: 'users', maxBytes: 3_000_000, summary: 'bytes' }],
        () => serviceUrl && `${serviceUrl}/graphql`,
        { contextOf: async () => ({ headers: { authorization: 'Bearer token' } }) as never },
        500,
        silentLogger,
      ),
    );
    closers.push(stop);
    return url;
  }

  async function service(handle: Route['handle'], ...others: Route[]): Promise<string> {
    const { url, stop } = await listening([{ method: '*', path: '/exports/:id', handle }, ...others]);
    closers.push(stop);
    return url;
  }

  it('comes with its query and its caller, and back with status, type and bytes, none of them held back', async () => {
    const seen: unknown[] = [];
    const url = await gateway(
      await service(({ params, search, headers }) => {
        seen.push([params['id'], search, headers.authorization, headers['x-secret'], headers.range]);
        const body = Readable.from(Array.from({ length: 64 }, () => Buffer.alloc(65_536, 7)));
        return { status: 206, headers: { 'content-type': 'application/zip', 'x-inner': 'inner' }, body };
      }),
    );
    const response = await fetch(`${url}/users/exports/a%2Fb?signature=s.1&x=%26`, {
      headers: { range: 'bytes=0-', 'x-secret': 'mine' },
    });
    expect(response.status).toBe(206);
    expect(response.headers.get('content-type')).toBe('application/zip');
    expect(response.headers.get('x-inner')).toBeNull();
    expect((await response.arrayBuffer()).byteLength).toBe(64 * 65_536);
    expect(seen).toEqual([['a/b', '?signature=s.1&x=%26', 'Bearer token', undefined, 'bytes=0-']]);
  });

  it('answers an error of the service as it is, and 503 without a host for one that is away or silent', async () => {
    const missing = await gateway(await service(() => ({ status: 404, body: '{}' })));
    expect((await fetch(`${missing}/users/exports/1`)).status).toBe(404);
    const silent = await service(() => new Promise(resolve => setTimeout(resolve, 1_500, { status: 200 })));
    for (const target of [undefined, 'http://127.0.0.1:9', silent]) {
      const response = await fetch(`${await gateway(target)}/users/exports/1`);
      expect(response.status).toBe(503);
      expect(await response.text()).not.toContain('127.0.0.1');
    }
  });

  /** The status of a path that is sent as it is, which no URL parser has changed. */
  async function statusOf(url: string, path: string): Promise<number> {
    const sent = get({ host: '127.0.0.1', port: new URL(url).port, path });
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    response.resume();
    return response.statusCode!;
  }

  it('answers 413 for a body that the service does not take, without asking it', async () => {
    let asked = 0;
    const url = await gateway(
      await service(async request => {
        asked++;
        await request.body(3_000_000);
        return { status: 200 };
      }),
      'POST',
    );
    const send = async (bytes: number) =>
      (await fetch(`${url}/users/exports/1`, { method: 'POST', body: Buffer.alloc(bytes) })).status;
    expect([await send(3_000_000), await send(3_000_001), asked]).toEqual([200, 413, 1]);
  });

  it('never reaches another path of the service, however the parameter is written', async () => {
    const seen: string[] = [];
    const url = await gateway(
      await service(
        ({ params }) => {
          seen.push(params['id']!);
          return { status: 404 };
        },
        { method: 'GET', path: '/metrics', handle: () => ({ status: 200, body: 'secret' }) },
      ),
    );
    for (const path of [
      '..\\metrics',
      '%2e%2e%2fmetrics',
      '..%5cmetrics',
      '%2e%2e',
      '.',
      '..',
      '.%2E',
      'a%3Fb%23c',
    ])
      expect([path, await statusOf(url, `/users/exports/${path}`)]).toEqual([path, 404]);
    expect(seen).toEqual(['..\\metrics', '../metrics', '..\\metrics', 'a?b#c']);
  });

  it('keeps every real route in its own path of the service', async () => {
    const table = readStreamTable(join(projectRoot(), 'schema', 'supergraph.graphql')).filter(({ path }) =>
      path.includes(':'),
    );
    expect(table.length).toBeGreaterThan(3);
    const seen: string[] = [];
    const { url, stop } = await listening([
      {
        method: '*',
        path: '/*',
        handle: ({ path }) => {
          seen.push(path);
          return { status: 200 };
        },
      },
    ]);
    closers.push(stop);
    const outside = await listening(
      passThroughRoutes(
        table,
        () => `${url}/graphql`,
        { contextOf: async () => ({ headers: {} }) as never },
        500,
        silentLogger,
      ),
    );
    closers.push(outside.stop);
    for (const { method, path } of table.filter(row => row.method === 'GET')) {
      seen.length = 0;
      await statusOf(outside.url, path.replace(/:\w+/, 'a'));
      const usual = seen[0]!.slice(0, -1);
      for (const value of [
        '..\\metrics',
        '%2e%2e\\metrics',
        '..%2fmetrics',
        '..%5c..%5cmetrics',
        '%2e%2e',
        'a/../b',
      ]) {
        seen.length = 0;
        await statusOf(outside.url, path.replace(/:\w+/, value));
        for (const reached of seen) {
          expect([method, path, value, reached.startsWith(usual)]).toEqual([method, path, value, true]);
          expect(reached.slice(usual.length)).not.toMatch(/[/\\]/);
        }
      }
    }
  });

  it('streams a body to the service while it arrives, and breaks it off when the client goes away', async () => {
    const sizes: number[] = [];
    let broke: Promise<string> | undefined;
    const url = await gateway(
      await service(async request => {
        let size = 0;
        try {
          for await (const chunk of request.stream()) {
            size += (chunk as Buffer).length;
            sizes.push(size);
          }
        } catch (error) {
          broke = Promise.resolve((error as Error).message);
          throw error;
        }
        return { status: 201, body: String(size) };
      }),
      'POST',
    );
    const response = await fetch(`${url}/users/exports/1`, { method: 'POST', body: Buffer.alloc(3_000_000) });
    expect([response.status, await response.text()]).toEqual([201, '3000000']);

    sizes.length = 0;
    const sent = request(`${url}/users/exports/1`, { method: 'POST' });
    sent.on('error', () => undefined);
    sent.write(Buffer.alloc(1_000));
    await eventually(async () => expect(sizes.at(-1)).toBe(1_000));
    expect(broke).toBeUndefined();
    sent.destroy();
    await eventually(async () => expect(broke).toBeDefined());
  });
});
