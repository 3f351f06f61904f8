import { z } from 'zod';
import { storable } from '../storable';
import { hexId, nanoseconds, plainObject, serviceOf } from './otlp-values';
import { maxAttributes, maxName, maxService, type Span, spanKinds } from './span';

const maxSpans = 10_000;
/** The status code ERROR. */
const error = 2;

const span = z.object({
  traceId: hexId(32),
  spanId: hexId(16),
  parentSpanId: hexId(16).nullish().catch(undefined),
  name: z.string(),
  kind: z.number().int().optional(),
  startTimeUnixNano: nanoseconds,
  endTimeUnixNano: nanoseconds,
  attributes: z.unknown().optional(),
  status: z.object({ code: z.number().optional() }).nullish(),
});

const request = z.object({
  resourceSpans: z
    .array(
      z.object({
        resource: z.unknown().optional(),
        scopeSpans: z.array(z.object({ spans: z.array(z.unknown()).default([]) })).default([]),
      }),
    )
    .default([]),
});

export interface ReadSpans {
  readonly spans: Span[];
  /** Spans that are not valid. */
  readonly rejected: number;
}

/** The spans of an ExportTraceServiceRequest; undefined when it is not one, or has more than 10,000 spans. */
export function readTraces(message: unknown): ReadSpans | undefined {
  const read = request.safeParse(message);
  if (!read.success) return undefined;
  const spans: Span[] = [];
  let rejected = 0;
  for (const { resource, scopeSpans } of read.data.resourceSpans) {
    const service = serviceOf(resource).slice(0, maxService);
    for (const each of scopeSpans.flatMap(scope => scope.spans)) {
      const one = readSpan(each, service);
      if (one === undefined) rejected++;
      else spans.push(one);
      if (spans.length + rejected > maxSpans) return undefined;
    }
  }
  return { spans, rejected };
}

function readSpan(value: unknown, service: string): Span | undefined {
  const read = span.safeParse(value);
  if (!read.success) return undefined;
  const { traceId, spanId, parentSpanId, name, kind, startTimeUnixNano, endTimeUnixNano, status } = read.data;
  if (endTimeUnixNano < startTimeUnixNano || endTimeUnixNano >= Number.MAX_SAFE_INTEGER * 1_000)
    return undefined;
  const attributes = plainObject(read.data.attributes);
  return {
    traceId,
    spanId,
    parentSpanId: parentSpanId ?? null,
    service: storable(service),
    name: storable(name.slice(0, maxName)),
    // 1 is internal; 0 is unspecified.
    kind: spanKinds[(kind ?? 1) - 1] ?? 'internal',
    startedAt: startTimeUnixNano / 1e6,
    durationMs: (endTimeUnixNano - startTimeUnixNano) / 1e6,
    isError: status?.code === error,
    attributes: JSON.stringify(attributes).length > maxAttributes ? { truncated: true } : attributes,
  };
}
