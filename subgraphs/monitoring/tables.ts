import { Column, Entity, PrimaryColumn } from 'typeorm';
import { BigCountColumn, InstantColumn, TextColumn } from '../../platform/database/columns';
import type { RowClass } from '../../platform/database/data-source';

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

export const rows: RowClass[] = [SpanRow];
