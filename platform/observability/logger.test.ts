import { HttpRequest } from '../http/request';
import { defaultLogFormat, prettyFormatter } from './log-format';
import { LogLines } from './log-output';
import { createLogger } from './logger';

describe('the log', () => {
  const written: string[] = [];
  let lines: LogLines;
  beforeEach(() => {
    written.length = 0;
    lines = new LogLines({ write: text => written.push(text) });
  });
  const logger = () => createLogger({ service: 'files', level: 'info', destination: lines });
  const requestOf = (url: string) =>
    new HttpRequest(
      { method: 'POST', url, headers: {}, remoteAddress: '10.0.0.1' },
      { read: async () => Buffer.alloc(0), isComplete: true },
    );

  it('writes the lines of one turn of the event loop together, and a warning at once with what came before', async () => {
    const log = logger();
    log.info('one');
    log.info('two');
    expect(written).toEqual([]);
    await new Promise(resolve => setImmediate(resolve));
    expect(written.map(text => text.trim().split('\n').length)).toEqual([2]);
    log.info('three');
    log.warn('four');
    expect(written).toHaveLength(2);
    expect(written[1]).toMatch(/three.*\n.*four/);
    log.info('five');
    await new Promise(resolve => setImmediate(resolve));
    expect(written).toHaveLength(3);
  });

  it.each([undefined, prettyFormatter({ colorize: false })])(
    'passes on the lines of a turn as JSON, whatever their format is',
    async format => {
      lines = new LogLines({ write: text => written.push(text) }, format);
      const followed: [string[], number][] = [];
      const messageOf = (line: string) => (JSON.parse(line) as { message: string }).message;
      const stop = lines.follow((text, count) =>
        followed.push([text.trim().split('\n').map(messageOf), count]),
      );
      const log = logger();
      log.info('one');
      log.info('two');
      await new Promise(resolve => setImmediate(resolve));
      log.info('three');
      stop();
      log.warn('four');
      expect(followed).toEqual([
        [['one', 'two'], 2],
        [['three'], 1],
      ]);
      expect(written.join('').trim().split('\n')).toHaveLength(4);
    },
  );

  it('does not hold back more than a little', () => {
    const log = logger();
    for (let count = 0; count < 1_000; count++) log.info('x'.repeat(200));
    expect(written.length).toBeGreaterThan(2);
  });

  it('writes the route of a share link instead of its secret', () => {
    const request = requestOf('/s/the-secret');
    request.route = '/s/:token';
    logger().request('info', request, 200, 1);
    lines.flush();
    expect(JSON.parse(written.join(''))).toMatchObject({ url_path: '/s/:token', http_route: '/s/:token' });
    expect(written.join('')).not.toContain('the-secret');
  });

  it('writes a request with its facts, whatever is in its path', () => {
    const request = requestOf('/a"b\\é\u0001?token=secret');
    request.route = '/a*';
    Object.assign(request.facts, {
      client: 'user:"7"',
      client_address: '203.0.113.7',
      graphql_operation_name: 'Näme',
      graphql_operation_type: 'query',
      error_codes: ['A"B'],
    });
    logger().request('info', request, 200, 1.23456);
    lines.flush();
    expect(JSON.parse(written.join(''))).toEqual({
      level: 'info',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      service: 'files',
      trace_id: request.trace.traceId,
      span_id: request.trace.spanId,
      http_request_method: 'POST',
      url_path: '/a"b\\é\u0001',
      http_route: '/a*',
      http_response_status_code: 200,
      duration_ms: 1.23,
      client: 'user:"7"',
      client_address: '203.0.113.7',
      graphql_operation_name: 'Näme',
      graphql_operation_type: 'query',
      error_codes: ['A"B'],
      message: 'request',
    });
  });

  it('writes no line below its level', () => {
    logger().request('debug', requestOf('/'), 200, 1);
    lines.flush();
    expect(written).toEqual([]);
  });

  it('keeps secrets out of what is logged', () => {
    logger().info(
      { password: 'hunter2', nested: { accessToken: 'hunter2' }, 'x-api-key': 'hunter2' },
      'said',
    );
    lines.flush();
    expect(written.join('')).toContain('[redacted]');
    expect(written.join('')).not.toContain('hunter2');
  });

  it('is for people in a terminal, otherwise JSON', () => {
    expect([defaultLogFormat(true), defaultLogFormat(false)]).toEqual(['pretty', 'json']);
  });

  it('has one line a request and the stack of an error below its line, where people read it', () => {
    lines = new LogLines({ write: text => written.push(text) }, prettyFormatter({ colorize: false }));
    const request = requestOf('/graphql?token=secret');
    Object.assign(request.facts, { graphql_operation_name: 'Me', error_codes: ['FORBIDDEN'] });
    const log = logger();
    log.request('info', request, 200, 1.23456);
    log.warn({ attempt: 2, password: 'hunter2' }, 'not yet');
    log.error({ error: new Error('no luck') }, 'it failed');
    const text = written.join('');
    const time = String.raw`\[\d\d:\d\d:\d\d\.\d{3}\]`;
    const [first, second, third, ...stack] = text.split('\n');
    expect(first).toMatch(
      new RegExp(String.raw`^${time} INFO: \[files\] POST /graphql 200 1\.23 ms Me FORBIDDEN$`),
    );
    expect(second).toMatch(
      new RegExp(String.raw`^${time} WARN: \[files\] not yet \{"attempt":2,"password":"\[redacted\]"\}$`),
    );
    expect(third).toMatch(new RegExp(String.raw`^${time} ERROR: \[files\] it failed`));
    expect(stack.join('\n')).toMatch(/no luck[\s\S]*logger\.test/);
    expect(text).not.toMatch(/hunter2|secret/);
  });
});
