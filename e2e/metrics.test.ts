import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../platform/testing/free-port';
import { eventually, rest, somebody, urls } from './client';
import { services, shape } from './plinth';

const pageOf = async (server: string) => (await fetch(`${urls[server]!}/metrics`)).text();

/** CI has the package `prometheus`; others need not install it. */
const hasPrometheus =
  process.env['CI'] !== undefined || spawnSync('prometheus', ['--version']).error === undefined;

/** Prometheus' own check of a page; its complaints, one a line. */
function complaints(page: string): string {
  const { error, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: page });
  // CI has it (the package `prometheus`); others need not install it.
  if (error !== undefined && process.env['CI'] === undefined) return '';
  if (error !== undefined) throw error;
  return `${stdout}${stderr}`.trim();
}

describe('metrics (G9, M3)', () => {
  it('pass promtool on all six ports, each series once', async () => {
    await rest('GET', '/auth/me', { token: (await somebody()).accessToken });
    for (const server of services) {
      const page = await pageOf(server);
      expect([server, complaints(page)]).toEqual([server, '']);
      const series = page.split('\n').filter(line => line !== '' && !line.startsWith('#'));
      const names = series.map(line => line.slice(0, line.lastIndexOf(' ')));
      expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    }
  });

  it('of all servers are on the page of the gateway, under their names', async () => {
    const page = await pageOf('gateway');
    for (const server of services) {
      expect(page).toContain(`\nup{service="${server}"} 1\n`);
      const requests = new RegExp(`^http_server_request_duration_seconds_count\\{.*service="${server}"`, 'm');
      expect(page).toMatch(requests);
    }
    // In one process its series would be counted six times.
    const processes = page.match(/^process_resident_memory_bytes\{/gm) ?? [];
    expect(processes).toHaveLength(shape === 'embedded' ? 1 : services.length);
  });
});

(hasPrometheus ? describe : describe.skip)('a Prometheus that scrapes the gateway (G9, M3)', () => {
  let folder: string;
  let prometheus: ChildProcess;
  let url: string;
  let output = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plinth-prometheus-'));
    const config = join(folder, 'prometheus.yml');
    const { host } = new URL(urls.gateway);
    await writeFile(
      config,
      `global: { scrape_interval: 1s, scrape_timeout: 1s }
scrape_configs: [{ job_name: plinth, honor_labels: true, static_configs: [{ targets: ['${host}'] }] }]
`,
    );
    const address = `127.0.0.1:${await freePort()}`;
    url = `http://${address}/api/v1`;
    prometheus = spawn(
      'prometheus',
      [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=${address}`,
        '--enable-feature=exemplar-storage',
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    prometheus.stderr!.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  });

  afterAll(async () => {
    prometheus.kill();
    if (prometheus.exitCode === null) await once(prometheus, 'exit');
    await rm(folder, { recursive: true });
  });

  /** The answer of Prometheus' HTTP API. */
  async function ask<Data>(path: string, query: Record<string, string>): Promise<Data> {
    const answer = await fetch(`${url}/${path}?${new URLSearchParams(query)}`).catch(() => undefined);
    if (answer?.status !== 200) throw new Error(`Prometheus does not answer:\n${output.slice(-2_000)}`);
    return ((await answer.json()) as { data: Data }).data;
  }

  it('finds every server up, counts a request, and has its trace as an exemplar', async () => {
    const traceId = randomBytes(16).toString('hex');
    const { accessToken } = await somebody();
    const answer = await rest('GET', '/auth/me', {
      token: accessToken,
      headers: { traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-01` },
    });
    expect(answer.status).toBe(200);
    interface Found {
      result: { metric: Record<string, string>; value: [number, string] }[];
    }
    await eventually(async () => {
      const { result } = await ask<Found>('query', { query: 'up{service!=""}' });
      const up = new Map(result.map(({ metric, value }) => [metric['service'], value[1]]));
      expect(up).toEqual(new Map(services.map(service => [service, '1'])));
      // The one that Prometheus makes itself: whether it could read the page.
      const page = await ask<Found>('query', { query: 'up{service=""}' });
      expect(page.result.map(({ value }) => value[1])).toEqual(['1']);
    }, 20_000);
    const name = 'http_server_request_duration_seconds';
    const ofRoute = '{service="gateway",http_route="/auth/me",http_response_status_code="200"}';
    await eventually(async () => {
      const { result } = await ask<Found>('query', { query: `sum(${name}_count${ofRoute})` });
      expect(Number(result[0]?.value[1])).toBeGreaterThanOrEqual(1);
      const exemplars = await ask<{ exemplars: { labels: { trace_id: string } }[] }[]>('query_exemplars', {
        query: `${name}_bucket${ofRoute}`,
        start: String(Date.now() / 1000 - 300),
        end: String(Date.now() / 1000 + 60),
      });
      const traceIds = exemplars.flatMap(each => each.exemplars.map(({ labels }) => labels.trace_id));
      expect(traceIds).toContain(traceId);
    }, 20_000);
  });
});
