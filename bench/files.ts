/**
 * What uploads, downloads and thumbnails cost: the files service as it ships (SQLite, a folder), beside node:http with busboy that writes
 * and syncs the same bytes, and beside a bare stream of the same file. `npm run bench:files -- --help`
 */
import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { Keyring } from '../platform/security/keyring';
import { TokenIssuer } from '../platform/testing/token-issuer';
import { drive, type Measured, type Traffic } from './accounts/load';

const help = `npm run bench:files -- [options]

  --connections <number>   keep-alive connections, one request at a time on each (16)
  --requests <number>      uploads of 16 KiB in each round; others are fewer (1500)
  --rounds <number>        rounds after the one that warms up; the best counts (3)
  --large <GiB>            size of the one large upload (2)
  --help
`;

interface Usage {
  readonly cpu: number;
  readonly rss: number;
}

class Target {
  private constructor(
    readonly name: string,
    readonly port: number,
    readonly token: string,
    private readonly child: ChildProcess,
    private readonly folder: string,
  ) {}

  static async start(
    name: string,
    issuer: TokenIssuer,
    environment: Record<string, string>,
  ): Promise<Target> {
    const folder = mkdtempSync(join(tmpdir(), 'plinth-bench-files-'));
    const child = fork(
      join(__dirname, 'files', 'measured-process.js'),
      [name === 'limit' ? 'limit' : 'files'],
      {
        env: {
          PATH: process.env['PATH'],
          DATA_DIR: folder,
          FILES_PORT: '0',
          AUTH_URL: issuer.url,
          ENCRYPTION_KEYS: Keyring.generate(),
          FILES_USER_QUOTA: String(2 ** 49),
          FILES_MAX_SIZE: String(2 ** 40),
          ...environment,
        },
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      },
    );
    const [{ port }] = (await once(child, 'message')) as [{ port: number }];
    return new Target(name, port, issuer.token(), child, folder);
  }

  async usage(): Promise<Usage> {
    const answered = once(this.child, 'message');
    this.child.send('usage');
    return (await answered)[0] as Usage;
  }

  async stop(): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
    rmSync(this.folder, { recursive: true, force: true });
  }

  upload(content: Buffer): Buffer {
    const body = Buffer.concat([multipartHead, content, multipartTail]);
    return Buffer.concat([
      Buffer.from(
        `POST /upload HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${this.token}\r\ncontent-type: multipart/form-data; boundary=b\r\ncontent-length: ${body.length}\r\n\r\n`,
      ),
      body,
    ]);
  }

  get(path: string, headers = ''): Buffer {
    return Buffer.from(
      `GET ${path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${this.token}\r\n${headers}\r\n`,
    );
  }

  async store(content: Buffer): Promise<string> {
    let id = '';
    const answered = (body: Buffer) => {
      id = (JSON.parse(body.toString()) as { id: string }).id;
    };
    const traffic = { next: () => ({ request: this.upload(content), answered }) };
    await drive(this.port, traffic, { connections: 1, requests: 1 });
    return id;
  }
}

const multipartHead = Buffer.from(
  '--b\r\ncontent-disposition: form-data; name="file"; filename="a.bin"\r\ncontent-type: application/octet-stream\r\n\r\n',
);
const multipartTail = Buffer.from('\r\n--b--\r\n');

interface Options {
  readonly connections: number;
  readonly rounds: number;
}

/** The best of several rounds, of which the first only warms up; the targets take turns. */
async function compare(
  title: string,
  requests: number,
  traffics: readonly (readonly [Target, Traffic])[],
  { connections, rounds }: Options,
): Promise<void> {
  const best = new Map<string, Measured & { cpu: number }>();
  for (let round = 0; round <= rounds; round++) {
    for (const [target, traffic] of traffics) {
      const before = await target.usage();
      const measured = await drive(target.port, traffic, { connections, requests });
      const cpu = ((await target.usage()).cpu - before.cpu) / requests;
      const known = best.get(target.name);
      const isBetter =
        known === undefined || measured.requests / measured.seconds > known.requests / known.seconds;
      if (round > 0 && isBetter) best.set(target.name, { ...measured, cpu });
    }
  }
  const limit = best.get('limit');
  const rate = ({ requests: count, seconds }: Measured) => count / seconds;
  for (const [name, each] of best) {
    const share = limit === undefined ? '' : `${Math.round((100 * rate(each)) / rate(limit))} %`;
    console.log(
      `| ${title} | ${name} | ${Math.round(rate(each))} | ${share} | ${Math.round(each.cpu)} | ${each.p50.toFixed(1)} | ${each.p99.toFixed(1)} |`,
    );
  }
}

/** Streams one large file, and watches the memory of the process. */
async function largeUpload(target: Target, gibibytes: number): Promise<void> {
  const piece = randomBytes(1024 * 1024);
  const started = performance.now();
  const sent = request({
    port: target.port,
    host: '127.0.0.1',
    method: 'POST',
    path: '/upload',
    headers: { authorization: `Bearer ${target.token}`, 'content-type': 'multipart/form-data; boundary=b' },
  });
  const answered = once(sent, 'response') as Promise<[{ statusCode: number; resume(): void }]>;
  let peak = 0;
  const before = (await target.usage()).rss;
  sent.write(multipartHead);
  for (let at = 0; at < gibibytes * 1024; at++) {
    if (!sent.write(piece)) await once(sent, 'drain');
    if (at % 64 === 0) peak = Math.max(peak, (await target.usage()).rss);
  }
  sent.end(multipartTail);
  const [response] = await answered;
  response.resume();
  const seconds = (performance.now() - started) / 1000;
  const megabytes = (bytes: number) => Math.round(bytes / 1024 / 1024);
  console.log(
    `\n${gibibytes} GiB, ${target.name}: status ${response.statusCode}, ${Math.round((gibibytes * 1024) / seconds)} MiB/s, RSS ${megabytes(before)} MiB before, ${megabytes(peak)} MiB at most`,
  );
}

const fixed = (request: Buffer): Traffic => ({ next: () => ({ request }) });

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      connections: { type: 'string', default: '16' },
      requests: { type: 'string', default: '1500' },
      rounds: { type: 'string', default: '3' },
      large: { type: 'string', default: '2' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return console.log(help);
  const options = { connections: Number(values.connections), rounds: Number(values.rounds) };
  const requests = Number(values.requests);
  const issuer = await TokenIssuer.start();
  const targets = [
    await Target.start('limit', issuer, {}),
    await Target.start('files', issuer, { FILES_ENCRYPTION: 'off' }),
    await Target.start('files, encrypted', issuer, {}),
  ];
  console.log('| | | a second | of the limit | CPU-µs | p50 ms | p99 ms |\n|---|---|---|---|---|---|---|');
  const each = async (title: string, count: number, traffic: (target: Target) => Promise<Traffic>) => {
    const traffics: [Target, Traffic][] = [];
    for (const target of targets) traffics.push([target, await traffic(target)]);
    await compare(title, count, traffics, options);
  };
  const small = randomBytes(16 * 1024);
  const medium = randomBytes(1024 * 1024);
  await each('upload 16 KiB', requests, async target => fixed(target.upload(small)));
  await each('upload 1 MiB', Math.ceil(requests / 10), async target => fixed(target.upload(medium)));
  await each('download 16 KiB', requests, async target =>
    fixed(target.get(`/download/${await target.store(small)}`)),
  );
  await each('download 1 MiB', Math.ceil(requests / 4), async target =>
    fixed(target.get(`/download/${await target.store(medium)}`)),
  );
  const eight = randomBytes(8 * 1024 * 1024);
  await each('range of 1 MiB', Math.ceil(requests / 4), async target =>
    fixed(target.get(`/download/${await target.store(eight)}`, 'range: bytes=1048576-2097151\r\n')),
  );
  const [, plain] = targets as [Target, Target, Target];
  const photo = await sharp(randomBytes(1200 * 900 * 3), { raw: { width: 1200, height: 900, channels: 3 } })
    .blur(3)
    .jpeg()
    .toBuffer();
  const ids: string[] = [];
  for (let at = 0; at < 20 * (options.rounds + 1); at++) ids.push(await plain.store(photo));
  const first: Traffic = {
    next: () => ({ request: plain.get(`/thumbnails/${ids.pop()}?width=256&format=webp`) }),
  };
  const kept = await plain.store(photo);
  await compare('thumbnail of 1200 × 900, made', 20, [[plain, first]], { ...options, connections: 2 });
  const again = fixed(plain.get(`/thumbnails/${kept}?width=256&format=webp`));
  await compare('the same, kept', requests, [[plain, again]], options);
  if (Number(values.large) > 0) await largeUpload(targets[2]!, Number(values.large));
  for (const target of targets) await target.stop();
  await issuer.close();
}

void main();
