import { type HrTime, type SpanContext, SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, type ReadableSpan, type SpanExporter } from '@opentelemetry/sdk-trace-node';
import type { Logger } from './logger';
import type { FinishedSpan, SpanSink } from './spans';

/** Spans that wait for the collector; more are dropped. */
const maxQueued = 2_048;
const scope = { name: 'plinth' };
const kinds = { server: SpanKind.SERVER, client: SpanKind.CLIENT, consumer: SpanKind.CONSUMER };

/** Sends spans to an OpenTelemetry collector in batches (https://opentelemetry.io/docs/specs/otlp/, over HTTP with protobuf). */
export class OtlpSink implements SpanSink {
  private readonly processor: BatchSpanProcessor;
  private readonly resource: Resource;

  /** @param endpoint the base URL of the collector */
  constructor(service: string, endpoint: string, headers: Readonly<Record<string, string>>, logger: Logger) {
    this.resource = resourceFromAttributes({ 'service.name': service, 'service.namespace': 'plinth' });
    const url = `${endpoint.replace(/\/+$/, '')}/v1/traces`;
    const exporter = new OTLPTraceExporter({ url, headers: { ...headers } });
    // Batches leave every five seconds, as OpenTelemetry does by default: a request each second was half of what tracing costs.
    this.processor = new BatchSpanProcessor(reportingFailures(exporter, logger), { maxQueueSize: maxQueued });
  }

  add(span: FinishedSpan): void {
    this.processor.onEnd(this.readable(span));
  }

  async close(): Promise<void> {
    // A failure of the last batch is in the log already.
    await this.processor.shutdown().catch(() => {});
  }

  private readable(span: FinishedSpan): ReadableSpan {
    const { traceId, spanId, parentSpanId, name, kind, startedAt, durationMs, isError, attributes } = span;
    const context: SpanContext = { traceId, spanId, traceFlags: 1 };
    return {
      name,
      kind: kinds[kind],
      spanContext: () => context,
      ...(parentSpanId === undefined
        ? {}
        : { parentSpanContext: { traceId, spanId: parentSpanId, traceFlags: 1 } }),
      startTime: timeOf(startedAt),
      endTime: timeOf(startedAt + durationMs),
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
  }
}

/** Seconds and nanoseconds. */
function timeOf(milliseconds: number): HrTime {
  const seconds = Math.floor(milliseconds / 1_000);
  return [seconds, Math.round((milliseconds - seconds * 1_000) * 1e6)];
}

/** Logs the first of several failures in a row: a collector that is away must not fill the log. */
function reportingFailures(exporter: SpanExporter, logger: Logger): SpanExporter {
  let hasFailed = false;
  return {
    export: (spans, done) =>
      exporter.export(spans, result => {
        const failed = result.code !== 0;
        if (failed && !hasFailed)
          logger.warn(
            { error: result.error, spans: spans.length },
            'Spans could not be sent and are dropped',
          );
        hasFailed = failed;
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
  };
}
