import { Column, Entity, PrimaryColumn } from 'typeorm';
import { IdColumn, InstantColumn, JsonColumn, TextColumn } from '../../../platform/database/columns';

/** The profile of an account, created when auth publishes the registration. */
@Entity('profiles')
export class ProfileRow {
  @IdColumn()
  id: string;

  @TextColumn()
  userId: string;

  /** `username` to `createdAt` are copies of auth's fields, for filters and order. */
  @TextColumn()
  username: string;

  /** The username in lower case, so that the order does not depend on case. */
  @TextColumn()
  usernameKey: string;

  @TextColumn()
  email: string;

  @Column('boolean')
  isActive: boolean;

  @InstantColumn()
  createdAt: number;

  @TextColumn({ nullable: true })
  firstName: string | null;

  @TextColumn({ nullable: true })
  lastName: string | null;

  /** Encrypted (platform/security/keyring.ts) in the context `profiles.phone:<user id>`. */
  @TextColumn({ nullable: true })
  phone: string | null;

  @TextColumn({ nullable: true })
  avatarUrl: string | null;

  /** BCP 47, in its canonical form. */
  @TextColumn({ nullable: true })
  locale: string | null;

  /** A name of the IANA database. */
  @TextColumn({ nullable: true })
  timeZone: string | null;

  /** A file of the files service; null for none. */
  @TextColumn({ nullable: true })
  avatarFileId: string | null;

  @JsonColumn()
  metadata: object;

  @Column('integer')
  version: number;

  @InstantColumn()
  updatedAt: number;
}

/** Users whose contact is to be published again: see `ContactAnnouncements`. */
@Entity('contacts_to_announce')
export class ContactToAnnounceRow {
  @PrimaryColumn('text')
  userId: string;
}
