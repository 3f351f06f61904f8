import type { SpanExporter } from '@opentelemetry/sdk-trace-node';
import type { Logger } from './logger';
import type { Spans } from './spans';

/** The settings of a server that concern its spans. */
export interface SpanConfig {
  /** Base URL of an OpenTelemetry collector that takes OTLP over HTTP. */
  readonly otlpEndpoint?: string | undefined;
  readonly otlpHeaders?: Readonly<Record<string, string>> | undefined;
  /** 0 to 1. */
  readonly traceSampleRatio?: number | undefined;
}

/** Undefined where there is no collector. Then nothing is recorded, and OpenTelemetry's packages are not even loaded. */
export function openSpans(service: string, config: SpanConfig, logger: Logger): Spans | undefined {
  const { otlpEndpoint, otlpHeaders = {}, traceSampleRatio = 1 } = config;
  if (otlpEndpoint === undefined) return undefined;
  const { OTLPTraceExporter } =
    require('@opentelemetry/exporter-trace-otlp-proto') as typeof import('@opentelemetry/exporter-trace-otlp-proto');
  const { Spans } = require('./spans') as typeof import('./spans');
  const url = `${otlpEndpoint.replace(/\/+$/, '')}/v1/traces`;
  const exporter = new OTLPTraceExporter({ url, headers: { ...otlpHeaders } });
  return new Spans(service, reportingFailures(exporter, logger), traceSampleRatio);
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
