import { Entity } from 'typeorm';
import { IdColumn, InstantColumn, JsonColumn, TextColumn } from '../../../platform/database/columns';

/** Something that happened to an account's security. Rows are added and, with the account, removed; never changed. */
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

  /** Who did it, where that is not the account's owner: an administrator's id, or an API key's. */
  @TextColumn({ nullable: true })
  actorId: string | null;

  @TextColumn()
  address: string;

  @TextColumn()
  userAgent: string;

  /** Of the request; null outside of any. */
  @TextColumn({ nullable: true })
  traceId: string | null;

  /** What else is worth knowing, never a secret. */
  @JsonColumn()
  details: object;
}
