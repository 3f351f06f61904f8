import { Column, Entity, PrimaryColumn } from 'typeorm';
import { IdColumn, InstantColumn, JsonColumn, TextColumn } from '../../../platform/database/columns';

/** Somebody's request to create a user, from before auth is commanded until its key is forgotten. */
@Entity('creations')
export class CreationRow {
  /** The idempotency key of the command to auth. */
  @IdColumn()
  id: string;

  /** Whose key it is: `user:` or `service:` and the id. */
  @TextColumn()
  callerId: string;

  /** SHA-256 of the idempotency key; with the caller unique. */
  @TextColumn()
  keyHash: string;

  /** A signature over the request without its password; empty once the user was deleted. */
  @TextColumn()
  fingerprint: string;

  /** Profile and roles, encrypted in the context `creations.input:<id>`; null once they are where they belong. */
  @TextColumn({ nullable: true })
  input: string | null;

  @TextColumn({ nullable: true })
  userId: string | null;

  @InstantColumn()
  createdAt: number;

  /** When the profile was made; null before. */
  @InstantColumn({ nullable: true })
  finishedAt: number | null;
}

/** A deletion, under way or done. It stays, so that nothing that comes late makes the user again; ids are all it holds. */
@Entity('deletions')
export class DeletionRow {
  /** UUIDv4: who knows it may watch the deletion of their own account. */
  @IdColumn()
  id: string;

  @TextColumn()
  userId: string;

  /** The user or API key that asked for it; null where that was the user. */
  @TextColumn({ nullable: true })
  requestedBy: string | null;

  @InstantColumn()
  requestedAt: number;

  /** When the services were last told. */
  @InstantColumn()
  askedAt: number;

  @InstantColumn({ nullable: true })
  completedAt: number | null;
}

/** What one service did about a deletion; nothing yet while `completedAt` is null. */
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

/** A copy of what all services hold of a user, at their request. */
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

  /** How many files come from there; null while it has not answered. */
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

  /** As the service sealed it, see platform/erasure.ts. */
  @TextColumn()
  sealed: string;
}
