import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';

/** W3C Trace Context (https://www.w3.org/TR/trace-context/): the trace and the current span. */
export interface TraceContext {
  /** 32 lower-case hex digits, the same over every hop of one request. */
  readonly traceId: string;
  /** 16 lower-case hex digits of the current span. */
  readonly spanId: string;
  /** The caller's span; undefined where the trace begins. */
  readonly parentSpanId: string | undefined;
  readonly sampled: boolean;
}

const current = new AsyncLocalStorage<TraceContext>();
const traceparentPattern = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** Continues the trace of a `traceparent` header in a new span. A missing or broken header starts a new trace. */
export function continueTrace(traceparent: string | undefined): TraceContext {
  const match = traceparent === undefined ? null : traceparentPattern.exec(traceparent);
  const valid =
    match !== null &&
    match[1] !== 'ff' &&
    (match[1] !== '00' || match[5] === undefined) &&
    !/^0+$/.test(match[2]!) &&
    !/^0+$/.test(match[3]!);
  const spanId = newSpanId();
  if (!valid) return { traceId: randomHex(32), spanId, parentSpanId: undefined, sampled: true };
  return {
    traceId: match[2]!,
    spanId,
    parentSpanId: match[3]!,
    sampled: (Number.parseInt(match[4]!, 16) & 1) === 1,
  };
}

/** Runs the work inside the trace of `traceparent`: logs, outgoing calls and events made in it carry the trace. */
export function runInTrace<T>(traceparent: string | undefined, work: () => T): T {
  return current.run(continueTrace(traceparent), work);
}

/** Runs work that a request left for later in a new span of its trace. */
export function runInTraceOf<T>(traceId: string | null, work: () => T): T {
  if (traceId === null) return work();
  return current.run({ traceId, spanId: newSpanId(), parentSpanId: undefined, sampled: true }, work);
}

export function runInContext<T>(context: TraceContext, work: () => T): T {
  return current.run(context, work);
}

export function currentTrace(): TraceContext | undefined {
  return current.getStore();
}

/** The `traceparent` of outgoing calls and events; undefined outside of a trace. */
export function currentTraceparent(): string | undefined {
  const context = current.getStore();
  return context === undefined ? undefined : traceparentOf(context);
}

/** The fields of a log line outside of `runInContext`. */
export function traceFacts({ traceId, spanId }: TraceContext): { trace_id: string; span_id: string } {
  return { trace_id: traceId, span_id: spanId };
}

export function traceparentOf(context: TraceContext): string {
  return `00-${context.traceId}-${context.spanId}-${context.sampled ? '01' : '00'}`;
}

export const newSpanId = (): string => randomHex(16);

/** Random identifiers are slices of one long text: one system call serves a few hundred spans. */
let digits = '';
let used = 0;

function randomHex(length: number): string {
  if (used + length > digits.length) {
    digits = randomBytes(4096).toString('hex');
    used = 0;
  }
  used += length;
  return digits.slice(used - length, used);
}
