import type { FinishedSpan } from '../../../platform/observability/spans';

export const spanKinds = ['internal', 'server', 'client', 'producer', 'consumer'] as const;
export type SpanKind = (typeof spanKinds)[number];

/** A span as it is stored and shown. */
export interface Span extends Omit<FinishedSpan, 'kind' | 'attributes' | 'parentSpanId'> {
  readonly parentSpanId: string | null;
  readonly kind: SpanKind;
  readonly attributes: Readonly<Record<string, unknown>>;
}

export const maxName = 500;
export const maxService = 100;
/** Characters of the attributes as JSON. */
export const maxAttributes = 16 * 1024;
