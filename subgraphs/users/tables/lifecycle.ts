import { Column, Entity, PrimaryColumn } from 'typeorm';
import { IdColumn, InstantColumn, JsonColumn, TextColumn } from '../../../platform/database/columns';

/** A request to create a user, from before the command to auth until its idempotency key expires. */
@Entity('creations')
export class CreationRow {
  /** The idempotency key of the command to auth. */
  @IdColumn()
  id: string;

  /** The caller: `user:` or `service:` and the id. */
  @TextColumn()
  callerId: string;

  /** SHA-256 of the idempotency key; unique for each caller. */
  @TextColumn()
  keyHash: string;

  /** A signature over the request without its password; empty once the user was deleted. */
  @TextColumn()
  fingerprint: string;

  /** Profile and roles, encrypted in the context `creations.input:<id>`; null when the profile exists. */
  @TextColumn({ nullable: true })
  input: string | null;

  @TextColumn({ nullable: true })
  userId: string | null;

  @InstantColumn()
  createdAt: number;

  /** When the profile was created; null before. */
  @InstantColumn({ nullable: true })
  finishedAt: number | null;
}

/** A running or completed deletion. The row stays, so that a late event does not create the user again. It holds ids only. */
@Entity('deletions')
export class DeletionRow {
  /** A random UUIDv4, because it is the credential for reading the deletion of one's own account. */
  @IdColumn()
  id: string;

  @TextColumn()
  userId: string;

  /** The user or API key that requested it; null for the deleted user. */
  @TextColumn({ nullable: true })
  requestedBy: string | null;

  @InstantColumn()
  requestedAt: number;

  /** When the request was last sent to the services. */
  @InstantColumn()
  askedAt: number;

  @InstantColumn({ nullable: true })
  completedAt: number | null;
}

/** The part of one service in a deletion; open while `completedAt` is null. */
@Entity('deletion_steps')
export class DeletionStepRow {
  @PrimaryColumn('text')
  deletionId: string;

  @PrimaryColumn('text')
  service: string;

  @JsonColumn({ nullable: true })
  erased: Record<string, number> | null;

  @JsonColumn({ nullable: true })
  anonymised: Record<string, number> | null;

  @InstantColumn({ nullable: true })
  completedAt: number | null;
}

/** An export of the personal data of a user. */
@Entity('exports')
export class ExportRow {
  @IdColumn()
  id: string;

  @TextColumn()
  userId: string;

  @InstantColumn()
  requestedAt: number;

  /** When the last part arrived; null before. */
  @InstantColumn({ nullable: true })
  readyAt: number | null;

  @InstantColumn()
  expiresAt: number;
}

@Entity('export_steps')
export class ExportStepRow {
  @PrimaryColumn('text')
  exportId: string;

  @PrimaryColumn('text')
  service: string;

  /** The number of files of the service; null until it has answered. */
  @Column('integer', { nullable: true })
  files: number | null;
}

@Entity('export_files')
export class ExportFileRow {
  @PrimaryColumn('text')
  exportId: string;

  @PrimaryColumn('text')
  service: string;

  @PrimaryColumn('text')
  name: string;

  /** Compressed and encrypted by the service, see platform/personal-data.ts. */
  @TextColumn()
  sealed: string;
}
