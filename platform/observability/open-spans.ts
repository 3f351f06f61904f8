import type { Logger } from './logger';
import { type SpanSink, Spans } from './spans';

/** The settings of a server that concern its spans. */
export interface SpanConfig {
  /** Base URL of an OpenTelemetry collector that takes OTLP over HTTP. */
  readonly otlpEndpoint?: string | undefined;
  readonly otlpHeaders?: Readonly<Record<string, string>> | undefined;
  /** 0 to 1. */
  readonly traceSampleRatio?: number | undefined;
}

/**
 * Undefined where nothing takes spans. Then none is made, and OpenTelemetry's packages are not even loaded.
 *
 * @param inProcess takes the spans where there is no collector
 */
export function openSpans(
  service: string,
  { otlpEndpoint, otlpHeaders = {}, traceSampleRatio = 1 }: SpanConfig,
  logger: Logger,
  inProcess?: SpanSink,
): Spans | undefined {
  if (otlpEndpoint === undefined)
    return inProcess === undefined ? undefined : new Spans(service, inProcess, traceSampleRatio);
  const { OtlpSink } = require('./otlp-sink') as typeof import('./otlp-sink');
  return new Spans(service, new OtlpSink(service, otlpEndpoint, otlpHeaders, logger), traceSampleRatio);
}
