import { Entity, PrimaryColumn } from 'typeorm';
import { BigCountColumn, IdColumn, InstantColumn, TextColumn } from '../../../platform/database/columns';

/** An authenticator app (RFC 6238): pending until a first code confirms it, then asked for at each sign-in. */
@Entity('totp_factors')
export class TotpFactorRow {
  @IdColumn()
  id: string;

  /** One an account; unique. */
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

  /** The time step of the last code that was taken: that one and those before it are spent (RFC 6238 §5.2). */
  @BigCountColumn({ nullable: true })
  lastUsedStep: number | null;
}

/** A code that stands in for the authenticator app, once: using it removes it. */
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
