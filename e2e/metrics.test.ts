import { spawnSync } from 'node:child_process';
import { rest, somebody, urls } from './client';
import { services, shape } from './plinth';

const pageOf = async (server: string) => (await fetch(`${urls[server]!}/metrics`)).text();

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
