import { connect, type Socket } from 'node:net';

/** What a connection asks next, and what is done with the answer. */
export interface Traffic {
  next(): { request: Buffer; answered?: (body: Buffer) => void };
}

export interface Measured {
  readonly requests: number;
  readonly seconds: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

/** The bytes of a GraphQL request over HTTP/1.1. */
export function graphqlRequest(
  operation: { query: string; variables?: Record<string, unknown> },
  token?: string,
): Buffer {
  const body = JSON.stringify(operation);
  const authorization = token === undefined ? '' : `authorization: Bearer ${token}\r\n`;
  return Buffer.from(
    `POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n${authorization}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

const endOfHead = Buffer.from('\r\n\r\n');

/**
 * Asks over keep-alive connections, each its next request when it has its answer. Requests are bytes made beforehand and
 * answers are read no further than to know that they are whole and right, so that the load costs less than what is measured.
 *
 * @throws Error with the first answer that is not a 200 without errors
 */
export async function drive(
  port: number,
  traffic: Traffic,
  { connections, requests }: { connections: number; requests: number },
): Promise<Measured> {
  const latencies: number[] = [];
  const started = performance.now();
  const left = { requests };
  await Promise.all(Array.from({ length: connections }, () => converse(port, traffic, left, latencies)));
  const elapsed = (performance.now() - started) / 1000;
  latencies.sort((one, other) => one - other);
  const quantile = (share: number): number => latencies[Math.floor((latencies.length - 1) * share)] ?? 0;
  return { requests: latencies.length, seconds: elapsed, p50: quantile(0.5), p99: quantile(0.99) };
}

function converse(
  port: number,
  traffic: Traffic,
  left: { requests: number },
  latencies: number[],
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(port, '127.0.0.1');
    socket.setNoDelay(true);
    let answered: ((body: Buffer) => void) | undefined;
    let asked = 0;
    let received: Buffer = Buffer.alloc(0);
    const fail = (error: Error): void => {
      socket.destroy();
      reject(error);
    };
    const ask = (): void => {
      if (left.requests <= 0) {
        resolve();
        socket.destroy();
        return;
      }
      left.requests--;
      const next = traffic.next();
      answered = next.answered;
      asked = performance.now();
      socket.write(next.request);
    };
    socket.on('connect', ask);
    socket.on('error', fail);
    socket.on('close', () => reject(new Error('the service closed the connection')));
    socket.on('data', chunk => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      const head = received.indexOf(endOfHead);
      if (head === -1) return;
      const text = received.toString('latin1', 0, head).toLowerCase();
      const mark = text.indexOf('content-length: ');
      const length = Number.parseInt(text.slice(mark + 16, mark + 26), 10);
      const start = head + endOfHead.length;
      if (received.length < start + length) return;
      const body = received.subarray(start, start + length);
      if (!/^http\/1\.1 20[016] /.test(text) || (text.includes('json') && body.includes('"errors"'))) {
        fail(new Error(`${text.slice(0, 12)} ${body.toString().slice(0, 1_000)}`));
        return;
      }
      received = Buffer.alloc(0);
      const now = performance.now();
      latencies.push(now - asked);
      try {
        answered?.(body);
      } catch (error) {
        fail(error as Error);
        return;
      }
      ask();
    });
  });
}
