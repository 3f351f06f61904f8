import { Metrics } from './metrics';

describe('the metrics of a service', () => {
  it('has the series of the process unless another server of the process has them', async () => {
    const pages = await Promise.all([true, false].map(ofProcess => new Metrics('files', ofProcess).page()));
    expect(pages.map(({ body }) => body.includes('process_cpu_seconds_total'))).toEqual([true, false]);
  });

  it('count requests by method, route and status, and their durations in buckets that include the smaller ones', async () => {
    const metrics = new Metrics('files');
    for (const seconds of [0.0005, 0.2, 20]) metrics.countRequest('GET', '/health', 200, seconds);
    metrics.countRequest('POST', '/health', 405, 0.2);
    const { body } = await metrics.page();
    const name = 'http_server_request_duration_seconds';
    const labels = 'http_request_method="GET",http_route="/health",http_response_status_code="200"';
    expect(body).toContain(`${name}_bucket{le="0.001",service="files",${labels}} 1\n`);
    expect(body).toContain(`${name}_bucket{le="0.25",service="files",${labels}} 2\n`);
    expect(body).toContain(`${name}_bucket{le="+Inf",service="files",${labels}} 3\n`);
    expect(body).toContain(`${name}_count{service="files",${labels}} 3\n`);
    expect(body).toMatch(/_count\{.*"POST".*"405"\} 1\n/);
  });

  it('show all other metrics while one gauge fails, and the gauge again when it works', async () => {
    const metrics = new Metrics('files');
    let isDown = false;
    metrics.gauge('files_pending', 'Waiting files', async () => {
      if (isDown) throw new Error('the database is down');
      return 3;
    });
    metrics.gauge('files_open', 'Open files', () => {
      if (isDown) throw new Error('the database is down');
      return 1;
    });
    metrics.countOperation('query', 'success');
    expect((await metrics.page()).body).toMatch(/files_pending\{.*\} 3\n/);
    isDown = true;
    const { body } = await metrics.page();
    expect(body).toMatch(/graphql_operations_total\{.*\} 1\n/);
    expect(body).not.toMatch(/^files_/m);
    isDown = false;
    expect((await metrics.page()).body).toMatch(/files_open\{.*\} 1\n/);
  });

  it('are OpenMetrics on request, with the trace of the newest request of each bucket', async () => {
    const metrics = new Metrics('files');
    const [first, second, slow] = ['a', 'b', 'c'].map(digit => digit.repeat(32));
    metrics.countRequest('GET', '/files/:id', 200, 0.002, first);
    metrics.countRequest('GET', '/files/:id', 200, 0.0021, second);
    metrics.countRequest('GET', '/files/:id', 200, 0.0022);
    metrics.countRequest('GET', '/files/:id', 200, 60, slow);
    metrics.countOperation('query', 'success');
    const { contentType, body } = await metrics.page('openmetrics');
    expect(contentType).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    expect(body).toMatch(/\n# EOF\n$/);
    expect(body).not.toContain('\n\n');
    expect(body).toContain(
      '# TYPE graphql_operations counter\n# HELP graphql_operations GraphQL operations by type and outcome\ngraphql_operations_total{',
    );
    const exemplars = [
      ...body.matchAll(/_bucket\{le="(.+?)".*\} (\d+) # \{trace_id="(.+?)"\} (.+) \d+(\.\d+)?$/gm),
    ];
    expect(exemplars.map(([, ...facts]) => facts.slice(0, 4))).toEqual([
      ['0.0025', '3', second, '0.0021'],
      ['+Inf', '4', slow, '60'],
    ]);
    expect((await metrics.page()).body).not.toContain('trace_id');
  });
});
