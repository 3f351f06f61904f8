import type { CancelSignal } from '../../platform/http/cancellation';
import type { TraceContext } from '../../platform/observability/tracing';
import type { RequestContext } from '../supergraph-executor';
import { ForwardedHeaders, type TransportFailure } from '../transport/transport';
import type { OutgoingError } from './errors';
import type { Json } from './merged-data';

/** One call to a subgraph, for logs and metrics. */
export interface FetchReport {
  readonly subgraph: string;
  readonly milliseconds: number;
  /** `errors` when the answer contains some; a transport failure when there is no answer. */
  readonly outcome: 'ok' | 'errors' | TransportFailure;
  /** Why there is no answer. It may contain addresses, and is for the log only. */
  readonly cause?: unknown;
  readonly trace: TraceContext | undefined;
  /** The span of the call, which the service was told; undefined where none is recorded. */
  readonly span: TraceContext | undefined;
}

/** One run of one operation: the data merged so far, and its errors. */
export class Execution {
  readonly data: Json = {};
  readonly errors: OutgoingError[] = [];
  /** Fetches that have answered. */
  answers = 0;
  /** The first service that gave no answer. Fetches that need its data are not made. */
  unavailable: string | undefined;
  /** The error of a failed fetch none of whose fields is the client's. It is reported where there is no other error. */
  unreported: OutgoingError | undefined;
  /** The body of the last root fetch, where it contains data alone; as text where it is ASCII. */
  plain: string | Buffer | undefined;
  readonly headers: ForwardedHeaders;
  /** When no further call is made, on the clock of `performance.now()`. */
  readonly deadline: number;
  readonly trace: TraceContext | undefined;

  constructor(
    readonly variables: Readonly<Record<string, unknown>>,
    { headers, timeoutMs, trace }: RequestContext,
    readonly signal: CancelSignal | undefined,
  ) {
    this.headers = new ForwardedHeaders(headers);
    this.deadline = timeoutMs === undefined ? Number.POSITIVE_INFINITY : performance.now() + timeoutMs;
    this.trace = trace;
  }

  get traceId(): string | undefined {
    return this.trace?.traceId;
  }
}

/** A compiled step of a plan; it returns a promise where it waits for a subgraph. */
export type Step = (execution: Execution) => Promise<void> | undefined;
