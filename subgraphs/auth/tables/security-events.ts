import { Entity } from 'typeorm';
import { IdColumn, InstantColumn, JsonColumn, TextColumn } from '../../../platform/database/columns';

/** An entry of the security log of an account. Rows are never changed, and deleted with the account. */
@Entity('security_events')
export class SecurityEventRow {
  /** UUIDv7: the order of the ids is the order in time. */
  @IdColumn()
  id: string;

  @TextColumn()
  accountId: string;

  /** Such as `PASSWORD_CHANGED`, see security-events.ts. */
  @TextColumn()
  type: string;

  @InstantColumn()
  occurredAt: number;

  /** The user or API key that acted, where that is not the owner of the account. */
  @TextColumn({ nullable: true })
  actorId: string | null;

  @TextColumn()
  address: string;

  @TextColumn()
  userAgent: string;

  /** The trace id of the request; null without a request. */
  @TextColumn({ nullable: true })
  traceId: string | null;

  /** More facts, never a secret. */
  @JsonColumn()
  details: object;
}
