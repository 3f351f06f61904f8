import { Column, Entity, PrimaryColumn } from 'typeorm';
import {
  BigCountColumn,
  IdColumn,
  InstantColumn,
  JsonColumn,
  TextColumn,
} from '../../platform/database/columns';

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

/** A rule by which alerts are made. */
@Entity('alert_rules')
export class AlertRuleRow {
  @IdColumn()
  id: string;

  @TextColumn()
  name: string;

  @TextColumn()
  condition: string;

  /** How long the condition holds before an alert fires. */
  @BigCountColumn()
  forMs: number;

  /** How long an alert fires on after the condition no longer holds. */
  @BigCountColumn()
  keepFiringForMs: number;

  /** info, warning, critical */
  @TextColumn()
  severity: string;

  /** resolve, keep, alert */
  @TextColumn()
  noData: string;

  /** Email addresses; those of the configuration when it is empty. */
  @JsonColumn()
  notify: string[];

  @Column('boolean')
  isEnabled: boolean;

  /** api, file, built-in */
  @TextColumn()
  source: string;

  @InstantColumn()
  updatedAt: number;

  @Column('integer')
  version: number;
}

/** What a rule has found about one service. A resolved one is kept as history. */
@Entity('alerts')
export class AlertRow {
  @IdColumn()
  id: string;

  @TextColumn()
  ruleId: string;

  /** The rule when the alert was made. */
  @TextColumn()
  name: string;

  @TextColumn()
  severity: string;

  /** Empty for a rule that has no data of any service. */
  @TextColumn()
  service: string;

  /** pending, firing, resolved */
  @TextColumn()
  state: string;

  @Column('double precision', { nullable: true })
  value: number | null;

  @InstantColumn()
  pendingSince: number;

  @InstantColumn({ nullable: true })
  firingSince: number | null;

  /** When the condition last held. */
  @InstantColumn()
  heldAt: number;

  @InstantColumn({ nullable: true })
  resolvedAt: number | null;

  /** When the people concerned were told that it fires; null before, and while it is silenced. */
  @InstantColumn({ nullable: true })
  notifiedAt: number | null;

  /** `user:<id>` or `service:<id>`. */
  @TextColumn({ nullable: true })
  acknowledgedBy: string | null;

  @InstantColumn({ nullable: true })
  acknowledgedAt: number | null;
}

/** A time in which matching alerts are not sent. */
@Entity('silences')
export class SilenceRow {
  @IdColumn()
  id: string;

  /** All rules when null. */
  @TextColumn({ nullable: true })
  ruleId: string | null;

  /** All services when null. */
  @TextColumn({ nullable: true })
  service: string | null;

  @TextColumn()
  comment: string;

  @TextColumn()
  createdBy: string;

  @InstantColumn()
  startsAt: number;

  @InstantColumn()
  endsAt: number;
}

export const entities = [
  SpanRow,
  ServiceHealthRow,
  HealthChangeRow,
  HealthBucketRow,
  SampleRow,
  AlertRuleRow,
  AlertRow,
  SilenceRow,
];
