import type { LogEntry } from '../../subgraphs/monitoring/logs/log-entry';
import { readLines } from '../../subgraphs/monitoring/logs/log-lines';

const services = ['gateway', 'auth', 'users', 'notifications', 'files', 'monitoring'];
let made = 0;

/** A line as a service writes it for a request. */
function line(now: number): string {
  made++;
  const trace = (made * 2_654_435_761).toString(16).padStart(32, 'a').slice(-32);
  return JSON.stringify({
    level: made % 50 === 0 ? 'error' : 'info',
    timestamp: new Date(now).toISOString(),
    service: services[made % services.length],
    trace_id: trace,
    http_request_method: 'POST',
    url_path: '/graphql',
    http_route: '/graphql',
    http_response_status_code: 200,
    duration_ms: (made % 1000) / 7,
    client: `user:${made % 5_000}`,
    message: made % 3 === 0 ? 'request' : `order ${made % 9_973} of customer ${made % 4_999} was paid`,
  });
}

/** @param spreadMs the lines are of the time before now, evenly */
export function bodiesOf(count: number, size: number, spreadMs = 0): Buffer[] {
  const now = Date.now();
  const bodies = Math.ceil(count / size);
  return Array.from({ length: bodies }, (_, at) => {
    const moment = Math.round(now - spreadMs * (1 - (at + 1) / bodies));
    return Buffer.from(Array.from({ length: size }, () => line(moment)).join('\n'));
  });
}

export function read(body: Buffer): LogEntry[] {
  const now = Date.now();
  const { entries, rejected } = readLines(body, 'ndjson', { earliest: 0, latest: now + 3_600_000, now });
  if (rejected.length > 0) throw new Error('the bench wrote a line that is not valid');
  return entries;
}
