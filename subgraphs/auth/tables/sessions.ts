import { Column, Entity } from 'typeorm';
import { IdColumn, InstantColumn, TextColumn } from '../../../platform/database/columns';

/** A session: one sign-in with its family of refresh tokens. */
@Entity('sessions')
export class SessionRow {
  @IdColumn()
  id: string;

  @TextColumn()
  accountId: string;

  /** The generation of the current refresh token; earlier generations are used up. */
  @Column('integer')
  generation: number;

  @InstantColumn()
  createdAt: number;

  /** The last reauthentication in this session; null before the first. */
  @InstantColumn({ nullable: true })
  authenticatedAt: number | null;

  /** The sign-in, or the last refresh. */
  @InstantColumn()
  lastSeenAt: number;

  /** When the previous generation was used; null before the first refresh. */
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

/** A device that an account was signed in from, see new-devices.ts. */
@Entity('known_devices')
export class KnownDeviceRow {
  @IdColumn()
  id: string;

  @TextColumn()
  accountId: string;

  /** Browser and operating system; unique with account and network. */
  @TextColumn()
  device: string;

  /** IPv4 address, or the network of an IPv6 one. */
  @TextColumn()
  network: string;

  @InstantColumn()
  lastSeenAt: number;
}
