import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { readSync, writeSync } from 'node:fs';
import type { Socket } from 'node:net';

export interface PlannerProcessEvents {
  readonly onLine: (line: string) => void;
  /** Called once. `reason` is for the log; `signal` is null where it exited by itself or could not be started. */
  readonly onEnd: (reason: string, signal: string | null) => void;
}

/** It runs a few lines of JavaScript around native code, so the compiler, the threads and the usual young generation only cost memory. */
const flags = ['--jitless', '--single-threaded', '--max-semi-space-size=1'];
/**
 * No variables of this process: they contain secrets, and native code may dump its memory. The native code spends a third of its time on
 * allocation; glibc then keeps more freed memory at hand. Other C libraries ignore the setting.
 */
const environment = { GLIBC_TUNABLES: 'glibc.malloc.tcache_max=8192:glibc.malloc.tcache_count=100' };

/** The process that runs the native planner: one JSON line for each request and each answer, in order. */
export class PlannerProcess {
  private readonly child: ChildProcessByStdio<Socket, Socket, Socket>;
  private unread = '';
  private stderr = '';
  private hasEnded = false;

  constructor(private readonly events: PlannerProcessEvents) {
    const child = spawn(process.execPath, [...flags, '-e', program], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: environment,
    }) as unknown as ChildProcessByStdio<Socket, Socket, Socket>;
    this.child = child;
    child.stdout.setEncoding('utf8').on('data', (text: string) => this.read(text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr = (this.stderr + text).slice(-4_000);
    });
    // A write to a process that has just ended fails here as well; the end is handled below.
    child.stdin.on('error', () => undefined);
    child.on('error', error => this.end(error.message, null));
    child.on('close', (code, signal) => this.end(signal ?? `status ${code}`, signal));
    for (const stream of [child.stdin, child.stderr]) stream.unref();
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Where the native code panicked. The rest of its message may contain the client's text. */
  get panicPlace(): string | undefined {
    return /panicked at ([^\n]{1,200})/.exec(this.stderr)?.[1];
  }

  /** Whether this process keeps ours alive: while a plan is awaited. */
  hold(isHeld: boolean): void {
    for (const handle of [this.child, this.child.stdout]) isHeld ? handle.ref() : handle.unref();
  }

  /** Everything sent in one turn of the event loop goes in one write. */
  send(text: string): void {
    const { stdin } = this.child;
    if (stdin.writableCorked === 0) {
      stdin.cork();
      process.nextTick(() => stdin.uncork());
    }
    stdin.write(`${JSON.stringify(text)}\n`);
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }

  private read(text: string): void {
    this.unread += text;
    if (!text.includes('\n')) return;
    const lines = this.unread.split('\n');
    this.unread = lines.pop() ?? '';
    for (const line of lines) this.events.onLine(line);
  }

  private end(reason: string, signal: string | null): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.events.onEnd(reason, signal);
  }
}

/**
 * The program of the process. It is passed as source text, so it may use nothing of this module. Each answer is written before the next
 * operation is planned, so that the end of the process names its cause.
 */
function planForever(
  library: string,
  read: typeof readSync,
  write: typeof writeSync,
  load: (path: string) => unknown,
): void {
  // Ctrl-C in a terminal signals the whole process group, and the parent still has requests to answer. The process ends with its parent.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);
  const labels = new Set<string>();
  let planner:
    | { plan(text: string, name: null, labels: Set<string>, percentage: number): unknown }
    | undefined;
  const answer = (line: string): string => {
    try {
      const text = JSON.parse(line) as string;
      if (planner) return JSON.stringify(planner.plan(text, null, labels, 0));
      const { QueryPlanner } = load(library) as { QueryPlanner: new (sdl: string) => typeof planner };
      planner = new QueryPlanner(text);
      return '{}';
    } catch (error) {
      return JSON.stringify({ failure: String(error) });
    }
  };
  const buffer = Buffer.alloc(65_536);
  let parts: Buffer[] = [];
  for (;;) {
    const size = read(0, buffer, 0, buffer.length, null);
    if (size === 0) return;
    let from = 0;
    for (let end = buffer.indexOf(10); end >= 0 && end < size; end = buffer.indexOf(10, from)) {
      parts.push(buffer.subarray(from, end));
      const out = Buffer.from(`${answer(Buffer.concat(parts).toString('utf8'))}\n`);
      parts = [];
      from = end + 1;
      for (let sent = 0; sent < out.length; ) sent += write(1, out, sent);
    }
    if (from < size) parts.push(Buffer.from(buffer.subarray(from, size)));
  }
}

const library = JSON.stringify(require.resolve('@graphql-hive/router-query-planner'));
const program = `const fs = require('node:fs'); (${planForever})(${library}, fs.readSync, fs.writeSync, require)`;
