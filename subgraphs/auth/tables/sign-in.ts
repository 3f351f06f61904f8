import { Column, Entity, PrimaryColumn } from 'typeorm';
import { InstantColumn, TextColumn } from '../../../platform/database/columns';

/** Failed sign-ins against one account or from one address. */
@Entity('login_throttles')
export class LoginThrottleRow {
  /** A keyed hash: the table says nothing about who failed from where. */
  @PrimaryColumn('text')
  key: string;

  @Column('integer')
  failures: number;

  @InstantColumn()
  blockedUntil: number;

  @InstantColumn()
  updatedAt: number;
}

/** A sign-in whose password was right and whose second factor is due. */
@Entity('login_challenges')
export class LoginChallengeRow {
  /** SHA-256 of the challenge, which has 256 random bits. */
  @PrimaryColumn('text')
  hash: string;

  @TextColumn()
  accountId: string;

  /** It goes with the factor. */
  @TextColumn()
  factorId: string;

  /** SHA-256 of the password hash that was matched: another password ends the challenge. */
  @TextColumn()
  passwordMark: string;

  @InstantColumn()
  createdAt: number;

  @InstantColumn()
  expiresAt: number;
}
