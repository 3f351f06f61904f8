import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readSync, writeSync } from 'node:fs';
import type { Socket } from 'node:net';
import { LRUCache } from 'lru-cache';
import { platformErrors } from '../../platform/errors';
import { gatewayErrors } from '../errors';
import { RequestError } from '../request-error';
import type { SupergraphSchema } from '../schema/supergraph-schema';
import { translatePlan } from './hive-planner';
import { type Plan, type Planner, PlannerMissing, PlannerUnavailable } from './planner';

export interface ChildProcessPlannerOptions {
  /** Milliseconds for one plan; those we know take less than one. */
  readonly deadlineMs?: number | undefined;
  /** Milliseconds for which what ended the process is not planned again. */
  readonly rememberMs?: number | undefined;
  /** Operations that may wait for their plan; beyond it they are refused at once. */
  readonly maxWaiting?: number | undefined;
  /** Deaths within a minute after which the process stays away for a minute. */
  readonly maxDeaths?: number | undefined;
  /** Milliseconds with nothing to plan after which the process is ended; the next new operation starts it again, in some 40 ms. */
  readonly idleMs?: number | undefined;
  /** Told of each death, and of a planner that cannot be had at all. */
  readonly onFault?: ((error: Error) => void) | undefined;
}

interface Job {
  readonly operation: string;
  attempts: number;
  resolve(plan: Plan): void;
  reject(error: Error): void;
}

type Child = ChildProcessByStdio<Socket, Socket, Socket>;

/** Death by one of these was somebody's wish, so that the operation at work is no suspect yet. */
const fromOutside = new Set<string | null>(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT']);
const startMs = 30_000;
const minute = 60_000;
/** It runs some lines of JavaScript around native code: no compiler, threads and young generation of the usual size are worth their memory. */
const flags = ['--jitless', '--single-threaded', '--max-semi-space-size=1'];
/**
 * No environment: what is secret in ours is nothing to code that may dump its memory. The native code spends a third of its time on
 * allocating; glibc keeps more of what was freed at hand, and any other C library does not read this.
 */
const environment = { GLIBC_TUNABLES: 'glibc.malloc.tcache_max=8192:glibc.malloc.tcache_count=100' };

/**
 * Hive Router's planner in a process of its own: a panic in native code aborts the process it happens in, and a thread would not
 * contain it.
 *
 * Operations are planned one by one and answered in their order, so that at a death the first that waits is the one that
 * caused it: it alone fails, and is refused for a while; all others are planned again by the next process. One that takes too long, and
 * one at work when the process was killed from outside, gets a second chance.
 *
 * It takes as much memory as a fifth of the gateway, and most gateways see nothing new for hours: then it is not there.
 */
export class ChildProcessPlanner implements Planner {
  readonly name = 'hive';
  private readonly jobs: Job[] = [];
  private readonly refused: LRUCache<string, true>;
  private readonly sdl: string;
  private readonly alarm: NodeJS.Timeout;
  private readonly deadlineMs: number;
  private readonly idleMs: number;
  private deaths: number[] = [];
  private child: Child | undefined;
  private isReady = false;
  /** When the first job's turn began, or the process's start, on the clock of `performance.now()`. */
  private since = 0;
  private unread = '';
  private complaint = '';
  private missing: Error | undefined;
  private closed: Promise<void> | undefined;

  constructor(
    schema: SupergraphSchema,
    private readonly options: ChildProcessPlannerOptions = {},
  ) {
    this.sdl = schema.sdl;
    this.deadlineMs = options.deadlineMs ?? 2_000;
    this.idleMs = options.idleMs ?? 30_000;
    this.refused = new LRUCache({ max: 1_000, ttl: options.rememberMs ?? 5 * minute });
    const { deadlineMs, idleMs } = this;
    this.alarm = setInterval(() => this.check(), Math.max(10, Math.min(deadlineMs, idleMs) / 8)).unref();
    this.start();
  }

  /** The process at work; undefined between two, and while there is nothing to plan. */
  get pid(): number | undefined {
    return this.child?.pid;
  }

  plan(operation: string): Promise<Plan> {
    return new Promise((resolve, reject) => {
      if (this.missing) throw new PlannerMissing('There is no native planner here', { cause: this.missing });
      if (this.closed) throw new PlannerUnavailable('The planner is closed');
      if (this.refused.size > 0 && this.refused.has(keyOf(operation))) throw unplannable();
      if (this.jobs.length >= (this.options.maxWaiting ?? 1_000)) {
        throw new RequestError(
          'internal',
          platformErrors.SERVICE_UNAVAILABLE,
          'Too many new operations at once',
        );
      }
      if (!this.child) this.start();
      if (!this.child) throw new PlannerUnavailable('The planner rests');
      const job: Job = { operation, attempts: 0, resolve, reject };
      if (this.jobs.length === 0) {
        this.since = performance.now();
        holdOpen(this.child, true);
      }
      this.jobs.push(job);
      this.send(this.child, operation);
    });
  }

  close(): Promise<void> {
    clearInterval(this.alarm);
    const { child } = this;
    this.closed ??= new Promise(resolve => {
      if (!child) return resolve();
      holdOpen(child, true);
      child.once('close', () => resolve());
      child.kill('SIGKILL');
    });
    return this.closed;
  }

  private start(): void {
    const now = performance.now();
    this.deaths = this.deaths.filter(at => now - at < minute);
    if (this.closed || this.deaths.length >= (this.options.maxDeaths ?? 5)) return;
    const child: Child = spawn(process.execPath, [...flags, '-e', program], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: environment,
    }) as never;
    this.child = child;
    this.isReady = false;
    this.since = now;
    this.unread = '';
    this.complaint = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => this.read(text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.complaint = (this.complaint + text).slice(-4_000);
    });
    // A write to a process that has just died fails here as well; its death is what is handled.
    child.stdin.on('error', () => undefined);
    child.on('error', error => this.bury(child, error.message));
    child.on('close', (code, signal) => this.bury(child, signal ?? `status ${code}`, signal));
    for (const stream of [child.stdin, child.stderr]) stream.unref();
    holdOpen(child, this.jobs.length > 0);
    this.send(child, this.sdl);
    for (const job of this.jobs) this.send(child, job.operation);
  }

  /** One line each way. What is sent in one turn of the event loop goes in one write. */
  private send({ stdin }: Child, text: string): void {
    if (stdin.writableCorked === 0) {
      stdin.cork();
      process.nextTick(() => stdin.uncork());
    }
    stdin.write(`${JSON.stringify(text)}\n`);
  }

  private read(text: string): void {
    this.unread += text;
    if (!text.includes('\n')) return;
    const lines = this.unread.split('\n');
    this.unread = lines.pop() ?? '';
    for (const line of lines) this.take(line);
    if (this.jobs.length === 0 && this.child) holdOpen(this.child, false);
  }

  private take(line: string): void {
    this.since = performance.now();
    const answer = JSON.parse(line) as { node?: never; failure?: string };
    if (!this.isReady) {
      this.isReady = true;
      if (answer.failure !== undefined) this.giveUp(new Error(answer.failure));
      return;
    }
    const job = this.jobs.shift();
    if (!job) return;
    try {
      if (answer.failure !== undefined) throw new Error(answer.failure);
      job.resolve(translatePlan(answer.node));
    } catch (error) {
      job.reject(error as Error);
    }
  }

  /** The library does not load here, or does not take this supergraph: no new process would change that. */
  private giveUp(cause: Error): void {
    this.missing = cause;
    const error = new PlannerMissing('The native planner cannot be used', { cause });
    this.options.onFault?.(error);
    for (const job of this.jobs.splice(0)) job.reject(error);
    void this.close();
  }

  private check(): void {
    if (this.isIdle()) this.rest();
    if (!this.isOverdue()) return;
    // An answer that came while this process was busy is read first.
    setImmediate(() => {
      if (this.isOverdue()) this.child?.kill('SIGKILL');
    });
  }

  private isIdle(): boolean {
    return this.isReady && this.jobs.length === 0 && performance.now() - this.since > this.idleMs;
  }

  /** Nothing was asked that it has not answered, and from now on it is nobody's: what comes meanwhile starts the next. */
  private rest(): void {
    this.child?.kill('SIGKILL');
    this.child = undefined;
  }

  private isOverdue(): boolean {
    if (!this.child || (this.isReady && this.jobs.length === 0)) return false;
    return performance.now() - this.since > (this.isReady ? this.deadlineMs : startMs);
  }

  private bury(child: Child, how: string, signal: string | null = null): void {
    if (this.child !== child) return;
    this.child = undefined;
    if (this.closed) {
      for (const job of this.jobs.splice(0)) job.reject(new PlannerUnavailable('The planner is closed'));
      return;
    }
    this.deaths.push(performance.now());
    const [suspect] = this.isReady ? this.jobs : [];
    if (suspect && (++suspect.attempts > 1 || !fromOutside.has(signal))) {
      this.jobs.shift();
      this.refused.set(keyOf(suspect.operation), true);
      suspect.reject(unplannable());
    }
    // What a panic says of its place is the library's; what it says after that may be the client's.
    const place = /panicked at ([^\n]{1,200})/.exec(this.complaint)?.[1];
    const work = suspect ? ` while planning ${keyOf(suspect.operation).slice(0, 16)}` : '';
    this.options.onFault?.(
      new PlannerUnavailable(`The planner's process ended (${how})${work}${place ? `, at ${place}` : ''}`),
    );
    this.start();
    if (this.child === undefined) {
      const error = new PlannerUnavailable('The planner rests');
      for (const job of this.jobs.splice(0)) job.reject(error);
    }
  }
}

/** Whether our own process stays for this one's sake: while somebody waits for a plan, until its death is known. */
function holdOpen(child: Child, isHeld: boolean): void {
  for (const handle of [child, child.stdout]) isHeld ? handle.ref() : handle.unref();
}

/** The text itself could be 100 kB. */
function keyOf(operation: string): string {
  return createHash('sha256').update(operation).digest('hex');
}

function unplannable(): RequestError {
  return new RequestError(
    'operation',
    gatewayErrors.OPERATION_NOT_SUPPORTED,
    'This operation cannot be planned: write it in another way',
  );
}

/**
 * What the process runs, from its source: it is a build's JavaScript or a test's TypeScript, and may use nothing of this module.
 * An answer is written before the next operation is begun, so that a death names its cause; nothing here needs an event loop.
 */
function planForever(
  library: string,
  read: typeof readSync,
  write: typeof writeSync,
  load: (path: string) => unknown,
): void {
  // A terminal's Ctrl-C reaches the whole group. This ends with its parent, which still has answers to give.
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
