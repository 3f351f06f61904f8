import { Column, Entity } from 'typeorm';
import { IdColumn, InstantColumn, TextColumn } from '../../../platform/database/columns';

/** One sign-in, for as long as its refresh tokens are rotated: a token family. */
@Entity('sessions')
export class SessionRow {
  @IdColumn()
  id: string;

  @TextColumn()
  accountId: string;

  /** Of the refresh token that is good; those of earlier generations are spent. */
  @Column('integer')
  generation: number;

  @InstantColumn()
  createdAt: number;

  /** When the user last proved who they are in this session; null while that is the sign-in itself. */
  @InstantColumn({ nullable: true })
  authenticatedAt: number | null;

  /** The sign-in, or the last refresh. */
  @InstantColumn()
  lastSeenAt: number;

  /** When the previous generation was spent; null while there is none. */
  @InstantColumn({ nullable: true })
  rotatedAt: number | null;

  /** The session's absolute end; a refresh does not move it. */
  @InstantColumn()
  expiresAt: number;

  @InstantColumn({ nullable: true })
  revokedAt: number | null;

  @TextColumn()
  address: string;

  @TextColumn()
  userAgent: string;
}

/** Where an account was signed in from, see known-devices.ts. */
@Entity('known_devices')
export class KnownDeviceRow {
  @IdColumn()
  id: string;

  @TextColumn()
  accountId: string;

  /** Browser and system; with account and network unique. */
  @TextColumn()
  device: string;

  /** IPv4 address, or the network of an IPv6 one. */
  @TextColumn()
  network: string;

  @InstantColumn()
  lastSeenAt: number;
}
