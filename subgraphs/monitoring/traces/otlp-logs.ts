import { z } from 'zod';
import type { LogLevelName } from '../logs/log-entry';
import { hexId, nanoseconds, plainObject, plainValue, serviceOf } from './otlp-values';

const maxRecords = 10_000;
/** Of four severity numbers each: https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber */
const levels: readonly LogLevelName[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];

const record = z.object({
  timeUnixNano: nanoseconds.optional().catch(undefined),
  observedTimeUnixNano: nanoseconds.optional().catch(undefined),
  severityNumber: z.number().int().optional().catch(undefined),
  body: z.unknown().optional(),
  attributes: z.unknown().optional(),
  traceId: hexId(32).optional().catch(undefined),
  spanId: hexId(16).optional().catch(undefined),
});

const request = z.object({
  resourceLogs: z
    .array(
      z.object({
        resource: z.unknown().optional(),
        scopeLogs: z.array(z.object({ logRecords: z.array(record).default([]) })).default([]),
      }),
    )
    .default([]),
});

/** The records of an ExportLogsServiceRequest as entries of `POST /logs`; undefined when it is not one, or has more than 10,000. */
export function readLogs(message: unknown): object[] | undefined {
  const read = request.safeParse(message);
  if (!read.success) return undefined;
  const entries = read.data.resourceLogs.flatMap(({ resource, scopeLogs }) => {
    const service = serviceOf(resource);
    return scopeLogs.flatMap(scope => scope.logRecords.map(each => entryOf(each, service)));
  });
  return entries.length > maxRecords ? undefined : entries;
}

function entryOf(each: z.infer<typeof record>, service: string): object {
  const body = plainValue(each.body);
  const nano = each.timeUnixNano || each.observedTimeUnixNano;
  const number = Math.min(Math.max(each.severityNumber ?? 9, 1), 24);
  return {
    service,
    level: levels[Math.floor((number - 1) / 4)],
    message: typeof body === 'string' ? body : JSON.stringify(body ?? ''),
    ...(nano === undefined || nano === 0 ? {} : { timestamp: Math.floor(nano / 1e6) }),
    ...(each.traceId === undefined ? {} : { trace_id: each.traceId }),
    metadata: {
      ...plainObject(each.attributes),
      ...(each.spanId === undefined ? {} : { span_id: each.spanId }),
    },
  };
}
