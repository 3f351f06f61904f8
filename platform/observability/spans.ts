import type { LoggedRequest } from './logger';
import { newSpanId, type TraceContext } from './tracing';

export type SpanKind = 'server' | 'client' | 'consumer';

/** One finished piece of work, with attributes named by OpenTelemetry's semantic conventions. */
export interface FinishedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly service: string;
  readonly name: string;
  readonly kind: SpanKind;
  /** Milliseconds since the Unix epoch, with fractions. */
  readonly startedAt: number;
  readonly durationMs: number;
  readonly isError: boolean;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
}

/** Takes finished spans. It never throws and never waits. */
export interface SpanSink {
  add(span: FinishedSpan): void;
  /** Sends the spans that wait. */
  close(): Promise<void>;
}

/** A span of a slower request is recorded, whatever the sample ratio is. */
const slowMs = 1_000;

/**
 * Records the finished spans of one server. A span is made when its work has ended, from the facts that the log line has too, so that a
 * request without spans pays for nothing.
 *
 * The sample ratio selects traces by their id, as the sampler TraceIdRatioBased of OpenTelemetry does: all servers select the same traces.
 * Spans of errors and of slow work are recorded always.
 */
export class Spans {
  /** A trace is recorded when the last 32 bits of its id are below. */
  private readonly sampledBelow: number;

  /** @param sampleRatio the part of the traces that is recorded, 0 to 1 */
  constructor(
    private readonly service: string,
    private readonly sink: SpanSink,
    sampleRatio: number,
  ) {
    this.sampledBelow = sampleRatio * 2 ** 32;
  }

  /** The span of a request that this server has answered. @returns whether it is recorded */
  server(request: LoggedRequest, status: number, durationMs: number): boolean {
    const { trace, method, route, facts } = request;
    const isError = status >= 500;
    if (!this.isRecorded(trace, durationMs, isError)) return false;
    const attributes: Record<string, string | number> = {
      'http.request.method': method,
      'http.route': route,
      'http.response.status_code': status,
    };
    if (facts.client !== undefined) attributes['enduser.id'] = facts.client;
    if (facts.graphql_operation_name !== undefined)
      attributes['graphql.operation.name'] = facts.graphql_operation_name;
    if (facts.graphql_operation_type !== undefined)
      attributes['graphql.operation.type'] = facts.graphql_operation_type;
    if (facts.error_codes !== undefined) attributes['error.type'] = facts.error_codes.join(' ');
    else if (isError) attributes['error.type'] = String(status);
    this.record({ name: `${method} ${route}`, kind: 'server', trace, durationMs, attributes, isError });
    return true;
  }

  /** The span of a call that begins, which the call passes on; undefined where it is not recorded unless it fails or is slow. */
  clientSpan(parent: TraceContext): TraceContext | undefined {
    return this.isSampled(parent) ? childOf(parent) : undefined;
  }

  /**
   * Records a call to another server. It belongs to the trace of the request that made the call.
   *
   * @param span of `clientSpan`, where it was passed on
   */
  client(
    peer: string,
    parent: TraceContext,
    durationMs: number,
    error: string | undefined,
    span?: TraceContext,
  ): void {
    const isError = error !== undefined;
    if (!this.isRecorded(parent, durationMs, isError)) return;
    const attributes = { 'service.peer.name': peer, ...(isError ? { 'error.type': error } : {}) };
    const trace = span ?? childOf(parent);
    this.record({ name: `POST ${peer}`, kind: 'client', trace, durationMs, attributes, isError });
  }

  /** The span of an event's handler. */
  consumer(eventType: string, trace: TraceContext, durationMs: number, error: string | undefined): void {
    const isError = error !== undefined;
    if (!this.isRecorded(trace, durationMs, isError)) return;
    const attributes = {
      'messaging.operation.type': 'process',
      'messaging.destination.name': eventType,
      ...(isError ? { 'error.type': error } : {}),
    };
    this.record({ name: `process ${eventType}`, kind: 'consumer', trace, durationMs, attributes, isError });
  }

  close(): Promise<void> {
    return this.sink.close();
  }

  private isRecorded(trace: TraceContext, durationMs: number, isError: boolean): boolean {
    return isError || durationMs >= slowMs || this.isSampled(trace);
  }

  private isSampled({ traceId, sampled }: TraceContext): boolean {
    return sampled && Number.parseInt(traceId.slice(-8), 16) < this.sampledBelow;
  }

  private record(
    work: Pick<FinishedSpan, 'name' | 'kind' | 'durationMs' | 'attributes' | 'isError'> & {
      trace: TraceContext;
    },
  ): void {
    const { trace, ...facts } = work;
    const { traceId, spanId, parentSpanId } = trace;
    const startedAt = Date.now() - facts.durationMs;
    this.sink.add({ traceId, spanId, parentSpanId, service: this.service, startedAt, ...facts });
  }
}

function childOf(parent: TraceContext): TraceContext {
  return { ...parent, spanId: newSpanId(), parentSpanId: parent.spanId };
}
