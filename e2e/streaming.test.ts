import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import {
  createServer,
  get,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { eventually } from '../platform/testing/eventually';
import { freePort } from '../platform/testing/free-port';

const root = join(__dirname, '..');
const megabyte = 1024 * 1024;
/** `STREAM_MB=5000` sends as much each way. */
const size = Number(process.env['STREAM_MB'] ?? 400) * megabyte;
const chunk = Buffer.alloc(64 * 1024, 7);

function* bytes(total: number): Generator<Buffer> {
  for (let left = total; left > 0; left -= chunk.length)
    yield chunk.subarray(0, Math.min(left, chunk.length));
}

/** The most memory that the process has had, in MB; what it has now where the system does not keep it. */
function peakMemory(pid: number): number {
  if (process.platform !== 'linux') {
    return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)]).toString()) / 1024;
  }
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

/** The gateway in a process of its own, before a files service that sends and takes as much as the test says. */
describe('bytes through the gateway (G9)', () => {
  let gateway: ChildProcess;
  let url: string;
  let service: Server;
  let answer: (request: IncomingMessage, response: ServerResponse) => void;

  beforeAll(async () => {
    service = createServer((incoming, response) => answer(incoming, response));
    await new Promise<void>(resolve => service.listen(0, '127.0.0.1', resolve));
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    gateway = spawn(process.execPath, [join(root, 'dist/supergraph/main.js')], {
      cwd: root,
      env: {
        PATH: process.env['PATH'] ?? '',
        GATEWAY_PORT: String(port),
        LOG_LEVEL: 'error',
        SUPERGRAPH_SDL: 'schema/supergraph.graphql',
        FILES_URL: `http://127.0.0.1:${(service.address() as AddressInfo).port}`,
      },
      stdio: 'ignore',
    });
    await eventually(async () => expect((await fetch(`${url}/health`)).status).toBe(200), 30_000);
  }, 60_000);

  afterAll(async () => {
    const exited = once(gateway, 'exit');
    gateway.kill('SIGKILL');
    await exited;
    service.closeAllConnections();
    service.close();
  });

  async function download(): Promise<IncomingMessage> {
    const [response] = await once(get(`${url}/files/download/1`), 'response');
    return response as IncomingMessage;
  }

  it(
    'stream both ways in bounded memory',
    async () => {
      let uploaded = 0;
      answer = async (incoming, response) => {
        if (incoming.method === 'GET') return void pipeline(Readable.from(bytes(size)), response);
        for await (const part of incoming) uploaded += (part as Buffer).length;
        response.writeHead(201, { 'content-type': 'application/json' }).end('{}');
      };
      const before = peakMemory(gateway.pid!);

      let downloaded = 0;
      for await (const part of await download()) downloaded += (part as Buffer).length;

      const sent = request(`${url}/files/upload`, { method: 'POST', headers: { 'content-length': size } });
      const answered = once(sent, 'response');
      await pipeline(Readable.from(bytes(size)), sent);
      const [response] = (await answered) as [IncomingMessage];
      response.resume();

      expect([downloaded, uploaded, response.statusCode]).toEqual([size, size, 201]);
      // A gateway that held what it passes on would need all of it.
      expect(peakMemory(gateway.pid!) - before).toBeLessThan(150);
    },
    120_000 + size / 10_000,
  );

  it('slow the service down to the pace of a client that reads slowly, and let it know when the client goes away', async () => {
    let produced = 0;
    let isGone = false;
    answer = (_, response) => {
      response.once('close', () => {
        isGone = true;
      });
      const body = Readable.from(bytes(size));
      body.on('data', (part: Buffer) => {
        produced += part.length;
      });
      pipeline(body, response).catch(() => undefined);
    };
    const response = await download();
    response.on('error', () => undefined);
    response.pause();
    let last = -1;
    await eventually(() => {
      const unchanged = produced === last && produced > 0;
      last = produced;
      expect(unchanged).toBe(true);
    });
    // What fits the buffers of the sockets on the way.
    expect(produced).toBeLessThan(100 * megabyte);
    expect(isGone).toBe(false);
    response.destroy();
    await eventually(() => expect(isGone).toBe(true));
  }, 60_000);

  it('slow a client down that sends faster than the service reads, and break off an upload that is aborted', async () => {
    let begun: IncomingMessage | undefined;
    let broke = false;
    answer = incoming => {
      begun = incoming;
      incoming.once('aborted', () => {
        broke = true;
      });
      incoming.on('error', () => undefined);
      incoming.pause();
    };
    const sent = request(`${url}/files/upload`, { method: 'POST', headers: { 'content-length': size } });
    sent.on('error', () => undefined);
    let offered = 0;
    const body = Readable.from(bytes(size));
    body.on('data', (part: Buffer) => {
      offered += part.length;
    });
    pipeline(body, sent).catch(() => undefined);
    let last = -1;
    await eventually(() => {
      const unchanged = offered === last && begun !== undefined;
      last = offered;
      expect(unchanged).toBe(true);
    });
    expect(offered).toBeLessThan(100 * megabyte);
    expect(broke).toBe(false);
    sent.destroy();
    begun?.resume();
    await eventually(() => expect(broke).toBe(true));
  }, 60_000);
});
