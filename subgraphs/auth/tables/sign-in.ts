import { Column, Entity, PrimaryColumn } from 'typeorm';
import { InstantColumn, TextColumn } from '../../../platform/database/columns';

/** Failed sign-ins against one account or from one address. */
@Entity('login_throttles')
export class LoginThrottleRow {
  /** A keyed hash, so that the table does not reveal accounts and addresses. */
  @PrimaryColumn('text')
  key: string;

  @Column('integer')
  failures: number;

  @InstantColumn()
  blockedUntil: number;

  @InstantColumn()
  updatedAt: number;
}

/** A sign-in that waits for its second factor. */
@Entity('login_challenges')
export class LoginChallengeRow {
  /** SHA-256 of the challenge, which has 256 random bits. */
  @PrimaryColumn('text')
  hash: string;

  @TextColumn()
  accountId: string;

  /** The challenge ends with this factor. */
  @TextColumn()
  factorId: string;

  /** SHA-256 of the matching password hash: a new password ends the challenge. */
  @TextColumn()
  passwordMark: string;

  @InstantColumn()
  createdAt: number;

  @InstantColumn()
  expiresAt: number;
}
