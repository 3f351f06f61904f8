import { Column, Entity, PrimaryColumn } from 'typeorm';
import { BigCountColumn, IdColumn, InstantColumn, TextColumn } from '../../platform/database/columns';

/** One span of a trace. */
@Entity('spans')
export class SpanRow {
  /** 32 lower-case hexadecimal digits. */
  @PrimaryColumn('text')
  traceId: string;

  /** 16 lower-case hexadecimal digits. */
  @PrimaryColumn('text')
  spanId: string;

  @TextColumn({ nullable: true })
  parentSpanId: string | null;

  @TextColumn()
  service: string;

  @TextColumn()
  name: string;

  /** `internal`, `server`, `client`, `producer` or `consumer`. */
  @TextColumn()
  kind: string;

  /** Microseconds since the Unix epoch. */
  @BigCountColumn()
  startedAt: number;

  /** Microseconds. */
  @BigCountColumn()
  duration: number;

  @Column('boolean')
  isError: boolean;

  /** A JSON object. */
  @TextColumn()
  attributes: string;

  /** The caller of the request, such as `user:<id>`. */
  @TextColumn({ nullable: true })
  enduserId: string | null;

  @InstantColumn()
  storedAt: number;
}

/** The state of one watched server. */
@Entity('service_health')
export class ServiceHealthRow {
  @PrimaryColumn('text')
  service: string;

  /** healthy, unhealthy */
  @TextColumn()
  status: string;

  /** Since when it has this status. */
  @InstantColumn()
  since: number;

  @InstantColumn()
  checkedAt: number;

  /** Of the last probe, in milliseconds; null when there was no answer. */
  @Column('double precision', { nullable: true })
  responseMs: number | null;

  /** Probes in a row that contradict the status. */
  @Column('integer')
  contradictions: number;

  /** Why the last probe failed; null when it did not. */
  @TextColumn({ nullable: true })
  error: string | null;
}

/** A change of status. */
@Entity('health_changes')
export class HealthChangeRow {
  @IdColumn()
  id: string;

  @TextColumn()
  service: string;

  @TextColumn()
  status: string;

  @InstantColumn()
  at: number;

  @TextColumn({ nullable: true })
  error: string | null;
}

/** The probes of five minutes. */
@Entity('health_buckets')
export class HealthBucketRow {
  @PrimaryColumn('text')
  service: string;

  /** The first moment of the five minutes. */
  @PrimaryColumn('bigint', { transformer: { from: Number, to: (value: unknown) => value } })
  at: number;

  @BigCountColumn()
  ok: number;

  @BigCountColumn()
  failed: number;
}

/** A metric over a minute or an hour: what a counter grew by, or the last value of a gauge. */
@Entity('samples')
export class SampleRow {
  @PrimaryColumn('text')
  service: string;

  /** Name and labels, such as `plinth_logins_total{outcome="success"}`. */
  @PrimaryColumn('text')
  metric: string;

  /** Seconds: 60 or 3600. */
  @PrimaryColumn('integer')
  resolution: number;

  @PrimaryColumn('bigint', { transformer: { from: Number, to: (value: unknown) => value } })
  at: number;

  @Column('double precision')
  value: number;
}

export const entities = [SpanRow, ServiceHealthRow, HealthChangeRow, HealthBucketRow, SampleRow];
