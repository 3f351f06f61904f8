import { type Attributes, type HrTime, type SpanContext, SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, type ReadableSpan, type SpanExporter } from '@opentelemetry/sdk-trace-node';
import type { LoggedRequest } from './logger';
import { newSpanId, type TraceContext } from './tracing';

/** A span of a slower request is recorded, whatever the sample ratio is. */
const slowMs = 1_000;
/** Spans that wait for the collector; more are dropped. */
const maxQueued = 2_048;
const scope = { name: 'plinth' };

/** One finished piece of work. */
interface FinishedSpan {
  readonly name: string;
  readonly kind: SpanKind;
  readonly trace: TraceContext;
  readonly durationMs: number;
  readonly attributes: Attributes;
  readonly isError: boolean;
}

/**
 * Records the finished spans of one server and sends them to a collector in batches (OTLP over HTTP). A span is made when its work has
 * ended, from the facts that the log line has too, so that a request without spans pays for nothing.
 *
 * The sample ratio selects traces by their id, as the sampler TraceIdRatioBased of OpenTelemetry does: all servers select the same traces.
 * Spans of errors and of slow work are recorded always.
 */
export class Spans {
  private readonly processor: BatchSpanProcessor;
  private readonly resource: Resource;
  /** Traces are recorded whose id, read as 32 bits, is below. */
  private readonly sampledBelow: number;

  /**
   * @param exporter sends batches of spans
   * @param sampleRatio the part of the traces that is recorded, 0 to 1
   */
  constructor(service: string, exporter: SpanExporter, sampleRatio: number) {
    this.resource = resourceFromAttributes({ 'service.name': service, 'service.namespace': 'plinth' });
    this.processor = new BatchSpanProcessor(exporter, {
      maxQueueSize: maxQueued,
      scheduledDelayMillis: 1_000,
    });
    this.sampledBelow = sampleRatio * 2 ** 32;
  }

  /** The span of a request that this server has answered. */
  server(request: LoggedRequest, status: number, durationMs: number): void {
    const { trace, method, route, facts } = request;
    const isError = status >= 500;
    if (!this.isRecorded(trace, durationMs, isError)) return;
    const attributes: Attributes = {
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
    const name = `${method} ${route}`;
    this.record({ name, kind: SpanKind.SERVER, trace, durationMs, attributes, isError });
  }

  /** The span of a call to another server. It belongs to the trace of the request that made the call. */
  client(peer: string, parent: TraceContext, durationMs: number, error: string | undefined): void {
    const isError = error !== undefined;
    if (!this.isRecorded(parent, durationMs, isError)) return;
    const attributes: Attributes = { 'service.peer.name': peer };
    if (isError) attributes['error.type'] = error;
    const trace = { ...parent, spanId: newSpanId(), parentSpanId: parent.spanId };
    this.record({ name: `POST ${peer}`, kind: SpanKind.CLIENT, trace, durationMs, attributes, isError });
  }

  /** The span of an event's handler. */
  consumer(eventType: string, trace: TraceContext, durationMs: number, error: string | undefined): void {
    const isError = error !== undefined;
    if (!this.isRecorded(trace, durationMs, isError)) return;
    const attributes: Attributes = {
      'messaging.operation.type': 'process',
      'messaging.destination.name': eventType,
    };
    if (isError) attributes['error.type'] = error;
    const name = `process ${eventType}`;
    this.record({ name, kind: SpanKind.CONSUMER, trace, durationMs, attributes, isError });
  }

  /** Sends the spans that wait. */
  async close(): Promise<void> {
    // A failure of the last batch is in the log already.
    await this.processor.shutdown().catch(() => {});
  }

  private isRecorded({ traceId, sampled }: TraceContext, durationMs: number, isError: boolean): boolean {
    if (isError || durationMs >= slowMs) return true;
    return sampled && Number.parseInt(traceId.slice(-8), 16) < this.sampledBelow;
  }

  private record({ name, kind, trace, durationMs, attributes, isError }: FinishedSpan): void {
    const { traceId, spanId, parentSpanId } = trace;
    const context: SpanContext = { traceId, spanId, traceFlags: 1 };
    const ended = Date.now();
    const span: ReadableSpan = {
      name,
      kind,
      spanContext: () => context,
      ...(parentSpanId === undefined
        ? {}
        : { parentSpanContext: { traceId, spanId: parentSpanId, traceFlags: 1 } }),
      startTime: timeOf(ended - durationMs),
      endTime: timeOf(ended),
      duration: timeOf(durationMs),
      status: { code: isError ? SpanStatusCode.ERROR : SpanStatusCode.UNSET },
      attributes,
      links: [],
      events: [],
      ended: true,
      resource: this.resource,
      instrumentationScope: scope,
      droppedAttributesCount: 0,
      droppedEventsCount: 0,
      droppedLinksCount: 0,
    };
    this.processor.onEnd(span);
  }
}

/** Seconds and nanoseconds. */
function timeOf(milliseconds: number): HrTime {
  const seconds = Math.floor(milliseconds / 1_000);
  return [seconds, Math.round((milliseconds - seconds * 1_000) * 1e6)];
}
