import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { platformErrors } from '../../platform/errors';
import { isObject } from '../../platform/json';
import { RequestError } from '../request-error';
import type { SupergraphSchema } from '../schema/supergraph-schema';
import { translatePlan } from './hive-planner';
import {
  notPlannable,
  type Plan,
  type Planner,
  PlannerMissing,
  PlannerUnavailable,
  PlanningError,
} from './planner';
import { PlannerProcess } from './planner-process';

export interface ChildProcessPlannerOptions {
  /** Milliseconds for one plan; usual plans take less than one. */
  readonly deadlineMs?: number | undefined;
  /** Milliseconds for which an operation that ended the process is refused. */
  readonly refusalMs?: number | undefined;
  /** Operations that may wait for their plan; more are refused. */
  readonly maxWaiting?: number | undefined;
  /** Ends within a minute after which no process is started for a minute. */
  readonly maxEnds?: number | undefined;
  /** Milliseconds without operations after which the process is ended; the next new operation starts another, in some 40 ms. */
  readonly idleMs?: number | undefined;
  /** Called at each end of the process, and when the planner does not load. */
  readonly onFault?: ((error: Error) => void) | undefined;
}

interface Job {
  readonly operation: string;
  attempts: number;
  resolve(plan: Plan): void;
  reject(error: Error): void;
}

/** These signals come from outside, so the operation that was being planned is not the cause yet. */
const signalsFromOutside = new Set<string | null>(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT']);
const startMs = 30_000;
const minute = 60_000;

/**
 * Hive Router's planner in a child process: a panic in native code aborts its process, and a thread would not contain it. The plain way is
 * Apollo's planner in this process, which takes several times the CPU on operations never seen before (`npm run bench:executor`, "cold").
 *
 * Operations are planned one by one, in order. When the process ends, the first waiting operation is the cause: for some minutes it is a
 * PlanningError, so that the other planner plans it, and all others are planned again by the next process. An operation that took too long,
 * or was being planned when the process was killed from outside, gets a second attempt, and is then refused for these minutes.
 *
 * The process takes as much memory as a fifth of the gateway, so it is ended while there are no new operations.
 */
export class ChildProcessPlanner implements Planner {
  readonly name = 'hive';
  private readonly jobs: Job[] = [];
  /** Operations that are not given to the process, with their error. */
  private readonly refused: LRUCache<string, Error>;
  private readonly sdl: string;
  private readonly watch: NodeJS.Timeout;
  private readonly deadlineMs: number;
  private readonly idleMs: number;
  private ends: number[] = [];
  private process: PlannerProcess | undefined;
  private isReady = false;
  /** When the first job's turn, or the start of the process, began, on the clock of `performance.now()`. */
  private since = 0;
  private missing: Error | undefined;
  private closed: Promise<void> | undefined;
  private onClosed: (() => void) | undefined;

  constructor(
    schema: SupergraphSchema,
    private readonly options: ChildProcessPlannerOptions = {},
  ) {
    this.sdl = schema.sdl;
    this.deadlineMs = options.deadlineMs ?? 2_000;
    this.idleMs = options.idleMs ?? 30_000;
    this.refused = new LRUCache({ max: 1_000, ttl: options.refusalMs ?? 5 * minute });
    const { deadlineMs, idleMs } = this;
    this.watch = setInterval(() => this.check(), Math.max(10, Math.min(deadlineMs, idleMs) / 8)).unref();
    this.start();
  }

  /** Of the running process; undefined between two, and while it is not needed. */
  get pid(): number | undefined {
    return this.process?.pid;
  }

  plan(operation: string): Promise<Plan> {
    return new Promise((resolve, reject) => {
      if (this.missing) throw new PlannerMissing('There is no native planner here', { cause: this.missing });
      if (this.closed) throw new PlannerUnavailable('The planner is closed');
      const known = this.refused.size > 0 ? this.refused.get(keyOf(operation)) : undefined;
      if (known !== undefined) throw known;
      if (this.jobs.length >= (this.options.maxWaiting ?? 1_000)) {
        throw new RequestError(
          'internal',
          platformErrors.SERVICE_UNAVAILABLE,
          'Too many new operations at once',
        );
      }
      if (!this.process) this.start();
      if (!this.process) throw pausing();
      if (this.jobs.length === 0) {
        this.since = performance.now();
        this.process.hold(true);
      }
      this.jobs.push({ operation, attempts: 0, resolve, reject });
      this.process.send(operation);
    });
  }

  close(): Promise<void> {
    clearInterval(this.watch);
    const { process } = this;
    this.closed ??= new Promise(resolve => {
      if (!process) return resolve();
      this.onClosed = resolve;
      process.hold(true);
      process.kill();
    });
    return this.closed;
  }

  private start(): void {
    const now = performance.now();
    this.ends = this.ends.filter(at => now - at < minute);
    if (this.closed || this.ends.length >= (this.options.maxEnds ?? 5)) return;
    const started: PlannerProcess = new PlannerProcess({
      // A process that was replaced may still have output and an end.
      onLine: line => started === this.process && this.receive(line),
      onEnd: (reason, signal) => started === this.process && this.ended(started, reason, signal),
    });
    this.process = started;
    this.isReady = false;
    this.since = now;
    started.hold(this.jobs.length > 0);
    started.send(this.sdl);
    for (const job of this.jobs) started.send(job.operation);
  }

  private receive(line: string): void {
    this.since = performance.now();
    const answer = answerOf(line);
    if (answer === undefined) {
      // Answers are matched by their order, which is lost now. The next process plans what waits.
      this.discard('wrote a line that is no answer');
      return;
    }
    if (this.isReady) this.settle(answer);
    else this.loaded(answer);
    if (this.jobs.length === 0) this.process?.hold(false);
  }

  private loaded({ failure }: { failure?: string }): void {
    this.isReady = true;
    if (failure !== undefined) this.giveUp(new Error(failure));
  }

  private settle(answer: { node?: never; failure?: string }): void {
    const job = this.jobs.shift();
    if (!job) return;
    try {
      if (answer.failure !== undefined) throw new Error(answer.failure);
      job.resolve(translatePlan(answer.node));
    } catch (error) {
      job.reject(error as Error);
    }
  }

  /** The library does not load here, or refuses this supergraph: another process would not change that. */
  private giveUp(cause: Error): void {
    this.missing = cause;
    const error = new PlannerMissing('The native planner cannot be used', { cause });
    this.options.onFault?.(error);
    this.rejectAll(error);
    void this.close();
  }

  private check(): void {
    if (this.isReady && this.jobs.length === 0 && performance.now() - this.since > this.idleMs) this.idle();
    if (!this.isOverdue()) return;
    // An answer that arrived while this process was busy is read first.
    setImmediate(() => {
      if (this.isOverdue()) this.process?.kill();
    });
  }

  private idle(): void {
    this.process?.kill();
    this.process = undefined;
  }

  private isOverdue(): boolean {
    if (!this.process || (this.isReady && this.jobs.length === 0)) return false;
    return performance.now() - this.since > (this.isReady ? this.deadlineMs : startMs);
  }

  private discard(reason: string): void {
    const { process } = this;
    if (!process) return;
    process.kill();
    this.ended(process, reason, 'SIGKILL');
  }

  private ended(process: PlannerProcess, reason: string, signal: string | null): void {
    this.process = undefined;
    if (this.closed) {
      this.rejectAll(new PlannerUnavailable('The planner is closed'));
      this.onClosed?.();
      return;
    }
    this.ends.push(performance.now());
    const [suspect] = this.isReady ? this.jobs : [];
    if (suspect && (++suspect.attempts > 1 || !signalsFromOutside.has(signal))) {
      this.jobs.shift();
      const error = signalsFromOutside.has(signal)
        ? notPlannable()
        : new PlanningError("The operation ends the planner's process");
      this.refused.set(keyOf(suspect.operation), error);
      suspect.reject(error);
    }
    const { panicPlace } = process;
    const work = suspect ? ` while planning ${keyOf(suspect.operation).slice(0, 16)}` : '';
    this.options.onFault?.(
      new PlannerUnavailable(
        `The planner's process ended (${reason})${work}${panicPlace ? `, at ${panicPlace}` : ''}`,
      ),
    );
    this.start();
    if (this.process === undefined) this.rejectAll(pausing());
  }

  private rejectAll(error: Error): void {
    for (const job of this.jobs.splice(0)) job.reject(error);
  }
}

/** @returns undefined for a line that is no answer */
function answerOf(line: string): { node?: never; failure?: string } | undefined {
  try {
    const answer: unknown = JSON.parse(line);
    return isObject(answer) ? answer : undefined;
  } catch {
    return undefined;
  }
}

/** A hash, since the text could be 100 kB. */
function keyOf(operation: string): string {
  return createHash('sha256').update(operation).digest('hex');
}

function pausing(): PlannerUnavailable {
  return new PlannerUnavailable('The planner ended too often and pauses');
}
