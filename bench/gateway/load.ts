import { connect, type Socket } from 'node:net';

/** What one run of the load generator sends, and for how long. */
export interface Load {
  port: number;
  /** What the query is called, for the proxy, which cannot know. */
  name: string;
  query: string;
  /** How many different ids the variable `id` has; 0 when the query takes none. */
  ids: number;
  /** One each, by turns: as many users. */
  tokens: string[];
  /** How many calls to subgraphs it takes, for who cannot know. */
  calls: number;
  connections: number;
  seconds: number;
  /** Requests per second offered, whatever the answers do; as fast as answers come when undefined. */
  rate?: number;
  /** Appends a different alias to each request, so that the gateway has never seen it. */
  distinct?: boolean;
}

export interface Measured {
  requests: number;
  seconds: number;
  p50: number;
  p99: number;
}

/**
 * One keep-alive connection that sends one request at a time. Small, so that the generator is not what is measured; an
 * answer that is not a 200 ends the benchmark.
 */
class Connection {
  private readonly socket: Socket;
  private received = '';
  private done: (() => void) | undefined;
  private failed: (error: Error) => void = () => {};

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.setNoDelay(true);
    this.socket.setEncoding('latin1');
    this.socket.on('data', (chunk: string) => this.read(chunk));
    this.socket.on('error', error => this.failed(error));
    this.socket.on('close', () => this.failed(new Error('the gateway closed the connection')));
  }

  send(request: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.done = resolve;
      this.failed = reject;
      this.socket.write(request);
    });
  }

  close(): void {
    this.failed = () => {};
    this.socket.destroy();
  }

  private read(chunk: string): void {
    this.received += chunk;
    const head = this.received.indexOf('\r\n\r\n');
    if (head < 0) return;
    const headers = this.received.slice(0, head).toLowerCase();
    const length = /\r\ncontent-length: *(\d+)/.exec(headers)?.[1];
    const isWhole =
      length === undefined
        ? this.received.endsWith('0\r\n\r\n')
        : this.received.length >= head + 4 + Number(length);
    if (!isWhole) return;
    const body = this.received.slice(head + 4);
    if (!headers.startsWith('http/1.1 200') || body.includes('"errors"')) {
      this.failed(new Error(`the gateway answered ${this.received.slice(0, 600)}`));
      return;
    }
    this.received = '';
    this.done?.();
  }
}

function requestOf(load: Load, number: number): string {
  const variables = load.ids === 0 ? '' : `,"variables":{"id":"${number % load.ids}"}`;
  const query = load.distinct ? load.query.replace('username', `u${number}: username`) : load.query;
  const body = `{"query":${JSON.stringify(query)}${variables}}`;
  const token =
    load.tokens.length === 0 ? '' : `authorization: Bearer ${load.tokens[number % load.tokens.length]}\r\n`;
  return (
    `POST /graphql HTTP/1.1\r\nhost: 127.0.0.1:${load.port}\r\ncontent-type: application/json\r\n` +
    `accept: application/json\r\n${token}x-query: ${load.name}\r\nx-calls: ${load.calls}\r\ncontent-length: ${body.length}\r\n\r\n${body}`
  );
}

let sent = 0;

async function run(load: Load): Promise<Measured> {
  const connections = Array.from({ length: load.connections }, () => new Connection(load.port));
  const latencies: number[] = [];
  const start = performance.now();
  const end = start + load.seconds * 1000;
  let unsent = 0;
  try {
    if (load.rate === undefined) {
      await Promise.all(
        connections.map(async connection => {
          for (let at = performance.now(); at < end; at = performance.now()) {
            await connection.send(requestOf(load, sent++));
            latencies.push(performance.now() - at);
          }
        }),
      );
    } else unsent = await offer(load, load.rate, connections, latencies, start, end);
  } finally {
    for (const connection of connections) connection.close();
  }
  const seconds = (performance.now() - start) / 1000;
  latencies.sort((a, b) => a - b);
  const percentile = (share: number) => latencies[Math.floor(latencies.length * share)] ?? 0;
  return { requests: latencies.length - unsent, seconds, p50: percentile(0.5), p99: percentile(0.99) };
}

/**
 * Sends when it is time, not when there is room: what waits for a connection waits on the gateway's account.
 *
 * @returns how many were due and never sent
 */
async function offer(
  load: Load,
  rate: number,
  connections: readonly Connection[],
  latencies: number[],
  start: number,
  end: number,
): Promise<number> {
  const idle = [...connections];
  const due: number[] = [];
  let offered = 0;
  let inFlight = 0;
  let unsent = 0;
  let failure: unknown;
  const dispatch = (): void => {
    while (idle.length > 0 && due.length > 0) {
      const connection = idle.pop()!;
      const at = due.shift()!;
      inFlight += 1;
      connection
        .send(requestOf(load, sent++))
        .then(() => {
          latencies.push(performance.now() - at);
          idle.push(connection);
          dispatch();
        })
        .catch(error => {
          failure ??= error;
        })
        .finally(() => {
          inFlight -= 1;
        });
    }
  };
  while (failure === undefined) {
    const now = performance.now();
    if (now >= end) {
      // What was never sent has waited until now, at least.
      for (const at of due.splice(0)) {
        latencies.push(now - at);
        unsent += 1;
      }
      if (inFlight === 0) return unsent;
    } else {
      for (const target = ((now - start) / 1000) * rate; offered < target; offered++) {
        due.push(start + (offered / rate) * 1000);
      }
    }
    dispatch();
    await new Promise(resolve => setTimeout(resolve, 1));
  }
  throw failure;
}

if (require.main === module) {
  process.on('message', (load: Load) => {
    run(load).then(
      measured => process.send!({ measured }),
      error => process.send!({ error: (error as Error).message }),
    );
  });
  process.on('disconnect', () => process.exit(0));
}
