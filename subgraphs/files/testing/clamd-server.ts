import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../../platform/testing/free-port';

/** The text in the middle of the EICAR test file. The built-in check does not find it elsewhere; the signature of this server does. */
export const malware = ['EICAR', 'STANDARD', 'ANTIVIRUS', 'TEST', 'FILE'].join('-');
const startMs = 60_000;

/** Debian's clamd with one signature. */
export class ClamdServer {
  private child: ChildProcess | undefined;

  private constructor(
    private readonly folder: string,
    private readonly port: number,
  ) {}

  static isInstalled(): boolean {
    return spawnSync('clamd', ['--version']).error === undefined;
  }

  /** @throws Error when clamd does not start; the Debian package is `clamav-daemon` */
  static async start(): Promise<ClamdServer> {
    const server = new ClamdServer(await mkdtemp(join(tmpdir(), 'plinth-clamd-')), await freePort());
    await server.prepare();
    await server.start();
    return server;
  }

  get tcpUrl(): string {
    return `tcp://127.0.0.1:${this.port}`;
  }

  get socketUrl(): string {
    return `unix:${join(this.folder, 'clamd.sock')}`;
  }

  async start(): Promise<void> {
    const child = spawn('clamd', ['--config-file', join(this.folder, 'clamd.conf')], { stdio: 'ignore' });
    child.on('error', () => undefined);
    this.child = child;
    process.once('exit', this.kill);
    const deadline = Date.now() + startMs;
    while (!(await this.answers())) {
      if (child.pid === undefined || child.exitCode !== null || Date.now() > deadline) {
        await this.stop();
        throw new Error('clamd did not start: install the Debian package clamav-daemon');
      }
      await sleep(50);
    }
  }

  async stop(): Promise<void> {
    const { child } = this;
    this.child = undefined;
    process.off('exit', this.kill);
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  async close(): Promise<void> {
    await this.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** It takes connections and answers nothing, as a server that is overloaded. */
  pause(): void {
    this.child?.kill('SIGSTOP');
  }

  private readonly kill = (): void => void this.child?.kill('SIGKILL');

  private async prepare(): Promise<void> {
    const database = join(this.folder, 'database');
    await chmod(this.folder, 0o755);
    await mkdir(database);
    await writeFile(join(database, 'test.ndb'), `Plinth.Test:0:*:${Buffer.from(malware).toString('hex')}\n`);
    await writeFile(
      join(this.folder, 'clamd.conf'),
      `Foreground yes
DatabaseDirectory ${database}
LocalSocket ${join(this.folder, 'clamd.sock')}
FixStaleSocket yes
TCPSocket ${this.port}
TCPAddr 127.0.0.1
StreamMaxLength 2M
`,
    );
  }

  private answers(): Promise<boolean> {
    const socket = connect(this.port, '127.0.0.1', () => socket.write('zPING\0'));
    return new Promise(resolve => {
      socket.on('data', () => resolve(true));
      socket.on('error', () => resolve(false));
      socket.on('close', () => resolve(false));
    }).finally(() => socket.destroy()) as Promise<boolean>;
  }
}
