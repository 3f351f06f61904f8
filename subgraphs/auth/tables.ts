import { Column, Entity } from 'typeorm';
import { IdColumn, InstantColumn, JsonColumn, TextColumn } from '../../platform/columns';

/** Somebody who can log in. */
@Entity('accounts')
export class AccountRow {
  @IdColumn()
  id: string;

  @TextColumn()
  username: string;

  /** The username as it is compared: NFKC, lower case. */
  @TextColumn()
  usernameKey: string;

  @TextColumn()
  email: string;

  @TextColumn()
  emailKey: string;

  @TextColumn()
  passwordHash: string;

  @Column('boolean')
  isActive: boolean;

  @InstantColumn()
  createdAt: number;

  @InstantColumn({ nullable: true })
  lastLogin: number | null;

  /** Copies of what the users service decides, for the tokens signed here. */
  @JsonColumn()
  roles: string[];

  @JsonColumn()
  permissions: string[];

  /** When the users service last said so; null while it never has. */
  @InstantColumn({ nullable: true })
  accessChangedAt: number | null;

  /** Whether the roles hold `administrator`; the last active one stays. */
  @Column('boolean')
  isAdministrator: boolean;
}

/** One login on one device, with the family of refresh tokens that continue it. */
@Entity('sessions')
export class SessionRow {
  @IdColumn()
  id: string;

  @TextColumn()
  accountId: string;

  /** How often it was refreshed: the refresh token of this number is the good one. */
  @Column('integer')
  generation: number;

  @InstantColumn()
  rotatedAt: number;

  @InstantColumn()
  createdAt: number;

  @InstantColumn()
  lastSeenAt: number;

  @InstantColumn()
  expiresAt: number;

  @InstantColumn({ nullable: true })
  revokedAt: number | null;

  @TextColumn()
  address: string;

  @TextColumn()
  userAgent: string;
}

/** Failed logins against one account, or from one address. */
@Entity('login_throttles')
export class LoginThrottleRow {
  /** A hash: neither names nor addresses are kept. */
  @IdColumn()
  id: string;

  @Column('integer')
  failures: number;

  @InstantColumn()
  blockedUntil: number;

  @InstantColumn()
  updatedAt: number;
}

@Entity('signing_keys')
export class SigningKeyRow {
  /** The `kid` of the tokens it signs. */
  @IdColumn()
  id: string;

  /** Unique, so that of two instances that rotate at once one wins. */
  @Column('integer')
  sequence: number;

  @JsonColumn()
  publicJwk: Record<string, unknown>;

  /** PKCS #8, encrypted. */
  @TextColumn()
  privateKey: string;

  @InstantColumn()
  signsFrom: number;
}

/** A random value that all instances share, encrypted. */
@Entity('secrets')
export class SecretRow {
  @IdColumn()
  id: string;

  @TextColumn()
  value: string;
}

export const entities = [AccountRow, SessionRow, LoginThrottleRow, SigningKeyRow, SecretRow];
