import { Directive, Field, Float, ID, ObjectType, registerEnumType } from 'type-graphql';
import { DateTime, JSONObject } from '../../../platform/graphql/scalars';

export enum SpanKind {
  INTERNAL = 'internal',
  SERVER = 'server',
  CLIENT = 'client',
  PRODUCER = 'producer',
  CONSUMER = 'consumer',
}

registerEnumType(SpanKind, {
  name: 'SpanKind',
  description: 'The kind of a span, as OpenTelemetry defines it.',
});

@ObjectType('Span', { simpleResolvers: true, description: 'One piece of work within a trace.' })
export class Span {
  @Field(() => ID, { description: '16 hexadecimal digits.' })
  id: string;

  @Field(() => ID, {
    nullable: true,
    description: 'The span that caused it; null for the first of the trace.',
  })
  parentId: string | null;

  @Field(() => String)
  service: string;

  @Field(() => String, { description: 'Such as `POST /graphql`. At most 500 characters.' })
  name: string;

  @Field(() => SpanKind)
  kind: SpanKind;

  @Field(() => DateTime, { description: 'Exact to the millisecond.' })
  startedAt: Date;

  @Field(() => Float, { description: 'Milliseconds from the start of the first span of the trace.' })
  offsetMs: number;

  @Field(() => Float, { description: 'Milliseconds.' })
  durationMs: number;

  @Field(() => Boolean, { description: 'Whether the work failed.' })
  isError: boolean;

  @Field(() => JSONObject, { description: 'Named by OpenTelemetry’s semantic conventions.' })
  attributes: Record<string, unknown>;
}

@Directive('@key(fields: "id")')
@ObjectType('Trace', {
  simpleResolvers: true,
  description:
    'The work of all services for one request: W3C Trace Context (https://www.w3.org/TR/trace-context/).',
})
export class Trace {
  @Field(() => ID, { description: '32 hexadecimal digits.' })
  id: string;

  @Field(() => [Span], {
    nullable: true,
    description: 'The earliest first, at most 1,000. Empty for a trace that is not sampled.',
  })
  spans?: Span[] | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether the trace has more spans than `spans` shows.',
  })
  isTruncated?: boolean | null;
}
