import { Entity, PrimaryColumn } from 'typeorm';
import { BigCountColumn, IdColumn, InstantColumn, TextColumn } from '../../../platform/database/columns';

/** An authenticator app (RFC 6238): pending until a first code confirms it, then required at every sign-in. */
@Entity('totp_factors')
export class TotpFactorRow {
  @IdColumn()
  id: string;

  /** Unique: an account has one factor. */
  @TextColumn()
  accountId: string;

  /** Base32, encrypted in the context `totp_factors.secret:<id>`. */
  @TextColumn()
  secret: string;

  @InstantColumn()
  createdAt: number;

  /** Null while it is pending. */
  @InstantColumn({ nullable: true })
  confirmedAt: number | null;

  /** The time step of the last accepted code. This step and earlier ones are used up (RFC 6238 §5.2). */
  @BigCountColumn({ nullable: true })
  lastUsedStep: number | null;
}

/** A code that replaces the authenticator app once. A used code is deleted. */
@Entity('recovery_codes')
export class RecoveryCodeRow {
  /** HMAC-SHA-256 of the account's id and the code, which has 80 random bits. */
  @PrimaryColumn('text')
  hash: string;

  @TextColumn()
  accountId: string;

  @InstantColumn()
  createdAt: number;
}
