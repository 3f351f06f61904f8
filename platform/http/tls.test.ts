import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { connect as connectPlain } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { ConfigError } from '../config';
import { silentLogger } from '../observability/logger';
import { Metrics } from '../observability/metrics';
import { type CertificateFile, TestAuthority } from '../testing/certificates';
import { eventually } from '../testing/eventually';
import { HttpServer } from './server';

const pollMs = 20;

describe('an HTTPS listener', () => {
  let folder: string;
  let authority: TestAuthority;
  let files: CertificateFile;
  let ca: Buffer;
  const closers: (() => unknown)[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plinth-tls-'));
    authority = await TestAuthority.create(folder);
    files = await authority.issue('server');
    ca = await readFile(authority.caFile);
  });
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function serve(caFile?: string, metrics = new Metrics('tls')): Promise<number> {
    const server = new HttpServer({
      logger: silentLogger,
      metrics,
      routes: [{ method: 'GET', path: '/', handle: () => ({ status: 200, body: 'secret' }) }],
      tls: { ...files, caFile, pollMs },
    });
    const port = await server.listen(0, '127.0.0.1');
    closers.push(() => server.stop(0));
    return port;
  }

  function agent(options: object = {}): Agent {
    const made = new Agent({ ca, keepAlive: true, maxSockets: 1, ...options });
    closers.push(() => made.destroy());
    return made;
  }

  /** The body, the number of the certificate that the server showed, and the socket. */
  async function ask(port: number, through: Agent) {
    const sent = request({ host: '127.0.0.1', port, agent: through });
    sent.end();
    const [response] = await once(sent, 'response');
    const socket = response.socket as TLSSocket;
    const serial = socket.getPeerCertificate().serialNumber;
    let body = '';
    for await (const chunk of response) body += String(chunk);
    return { body, serial, socket };
  }

  it('takes a renewed certificate for new connections, and keeps those that are open', async () => {
    const port = await serve();
    const kept = agent();
    const first = await ask(port, kept);
    expect(first.body).toBe('secret');
    await authority.issue('server');
    await eventually(async () => expect((await ask(port, agent())).serial).not.toBe(first.serial));
    const second = await ask(port, kept);
    expect([second.serial, second.socket === first.socket]).toEqual([first.serial, true]);
  });

  it('shows in its metrics when the certificate expires', async () => {
    const metrics = new Metrics('tls', false);
    await serve(undefined, metrics);
    const expiry = async () => {
      const { body } = await metrics.page();
      return Number(/^plinth_tls_certificate_not_after_timestamp_seconds\{.*\} (\d+)$/m.exec(body)?.[1]);
    };
    const hoursLeft = (moment: number) => Math.round((moment * 1000 - Date.now()) / 3_600_000);
    expect(hoursLeft(await expiry())).toBe(24);
    await authority.issue('server', 48);
    await eventually(async () => expect(hoursLeft(await expiry())).toBe(48));
    await authority.issue('server');
  });

  it('goes on with the certificate it has when the files are unusable', async () => {
    const port = await serve();
    const { serial } = await ask(port, agent());
    const [cert, key] = await Promise.all([readFile(files.certFile), readFile(files.keyFile)]);
    const other = await authority.issue('other');
    await writeFile(files.keyFile, await readFile(other.keyFile));
    await new Promise(resolve => setTimeout(resolve, 5 * pollMs));
    expect((await ask(port, agent())).serial).toBe(serial);
    await writeFile(files.keyFile, key);
    await writeFile(files.certFile, cert);
  });

  it('speaks to nobody without a certificate of its authority when it asks for one', async () => {
    const port = await serve(authority.caFile);
    const stranger = await TestAuthority.create(folder, 'Another CA');
    const of = async ({ certFile, keyFile }: CertificateFile) =>
      agent({ cert: await readFile(certFile), key: await readFile(keyFile) });
    await expect(ask(port, agent())).rejects.toThrow();
    await expect(ask(port, await of(await stranger.issue('stranger')))).rejects.toThrow();
    expect((await ask(port, await of(await authority.issue('client')))).body).toBe('secret');
  });

  it('does not answer plain HTTP', async () => {
    const port = await serve();
    const socket = connectPlain(port, '127.0.0.1');
    socket.on('error', () => undefined);
    let heard = '';
    socket.on('data', chunk => {
      heard += String(chunk);
    });
    socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    await once(socket, 'close');
    expect(heard).not.toContain('secret');
  });

  it('does not start with files that are missing or do not fit', async () => {
    const other = await authority.issue('other');
    const start = (tls: CertificateFile) =>
      new HttpServer({ logger: silentLogger, metrics: new Metrics('tls'), routes: [], tls });
    expect(() => start({ ...files, keyFile: other.keyFile })).toThrow(ConfigError);
    expect(() => start({ ...files, certFile: join(folder, 'none') })).toThrow(
      /none cannot be read \(ENOENT\)/,
    );
  });
});
