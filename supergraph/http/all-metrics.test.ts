import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '../../platform/clock';
import { Metrics } from '../../platform/observability/metrics';
import { AllMetrics } from './all-metrics';
import { JoinedPage } from './prometheus-page';

describe('JoinedPage', () => {
  it('keeps the samples of a metric together, each under the name of its source', () => {
    const joined = new JoinedPage();
    joined.add('one', '# HELP a_total First\n# TYPE a_total counter\na_total{service="one"} 1\n');
    joined.add(
      'two',
      [
        '# HELP h_seconds Times',
        '# TYPE h_seconds histogram',
        'h_seconds_bucket{le="+Inf"} 3',
        'h_seconds_sum 1.5',
        'h_seconds_count 3',
        '# HELP a_total Another text',
        '# TYPE a_total counter',
        'a_total{path="/a}\\" b",service="other",} 2 1700000000000',
        'nonsense',
      ].join('\n'),
    );
    expect(joined.toString().split('\n')).toEqual([
      '# HELP a_total First',
      '# TYPE a_total counter',
      'a_total{service="one"} 1',
      'a_total{path="/a}\\" b",exported_service="other",service="two"} 2 1700000000000',
      '',
      '# HELP h_seconds Times',
      '# TYPE h_seconds histogram',
      'h_seconds_bucket{le="+Inf",service="two"} 3',
      'h_seconds_sum{service="two"} 1.5',
      'h_seconds_count{service="two"} 3',
      '',
    ]);
  });
});

describe('AllMetrics', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  async function serve(answer: (() => string) | undefined, contentType = 'text/plain'): Promise<string> {
    const server = createServer((_, response) => {
      response.setHeader('content-type', contentType);
      if (answer !== undefined) response.end(answer());
    });
    servers.push(server);
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
  }

  it('has OpenMetrics with the exemplars of all sources, also of one that answers with text', async () => {
    const exemplar = '# {trace_id="abc"} 0.5 1700000000';
    const pages = new Map([
      ['new', `# TYPE b histogram\nb_bucket{le="1"} 1 ${exemplar}\n# EOF\n`],
      ['old', '# TYPE a_total counter\na_total 1\n'],
    ]);
    const services = await Promise.all(
      [...pages].map(async ([name, page]) => ({
        name,
        instances: [
          {
            id: name,
            url: await serve(() => page, name === 'new' ? 'application/openmetrics-text' : 'text/plain'),
          },
        ],
      })),
    );
    const all = new AllMetrics(new Metrics('gateway', false), () => services, systemClock);
    const { contentType, body } = await all.page('openmetrics');
    expect(contentType).toMatch('application/openmetrics-text');
    expect(body).toContain(`b_bucket{le="1",service="new"} 1 ${exemplar}\n`);
    expect(body).toContain('# TYPE a counter\na_total{service="old"} 1\n');
    expect(body.match(/# EOF/g)).toHaveLength(1);
    expect((await all.page()).body).toContain('# TYPE up gauge');
  });

  it('says of every source whether it is up, and asks each once for all who ask at once', async () => {
    let asked = 0;
    const urls: [string, string][] = [
      [
        'good',
        await serve(() => {
          asked += 1;
          return '# HELP a A\n# TYPE a gauge\na 1\n';
        }),
      ],
      ['silent', await serve(undefined)],
      ['gone', 'http://127.0.0.1:9/graphql'],
    ];
    const services = [
      ...urls.map(([name, url]) => ({ name, instances: [{ id: 'x', url }] })),
      { name: 'several', instances: [1, 2].map(n => ({ id: `s-${n}`, url: 'http://127.0.0.1:9/graphql' })) },
      { name: 'none', instances: [] },
      { name: 'inside', instances: [{ id: 'i', url: 'in-process' }] },
    ];
    const all = new AllMetrics(new Metrics('gateway'), () => services, systemClock, {
      timeoutMs: 2_000,
      keptMs: 60_000,
    });
    const [{ body }] = await Promise.all([all.page(), all.page()]);
    expect(body.match(/^up\{.*$/gm)).toEqual([
      'up{service="gateway"} 1',
      'up{service="good"} 1',
      'up{service="silent"} 0',
      'up{service="gone"} 0',
      'up{service="several",instance="s-1"} 0',
      'up{service="several",instance="s-2"} 0',
      'up{service="none"} 0',
    ]);
    expect(body).toContain('\na{service="good"} 1\n');
    expect(body).toMatch(/^process_cpu_seconds_total\{service="gateway"\} /m);
    expect([asked, body.match(/^# TYPE up /gm)]).toEqual([1, ['# TYPE up ']]);
  });
});
