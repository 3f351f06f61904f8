import { Column, Entity } from 'typeorm';
import { IdColumn, InstantColumn, JsonColumn, TextColumn } from '../../../platform/database/columns';

/** One for each account, made when auth says that it was registered. */
@Entity('profiles')
export class ProfileRow {
  @IdColumn()
  id: string;

  @TextColumn()
  userId: string;

  /** Copies of what auth owns, for filters and order: `username` to `createdAt`. */
  @TextColumn()
  username: string;

  /** The username in lower case: the order of names does not depend on their capitals. */
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

  /** Encrypted (platform/encryption.ts) in the context `profiles.phone:<user id>`. */
  @TextColumn({ nullable: true })
  phone: string | null;

  @TextColumn({ nullable: true })
  avatarUrl: string | null;

  @JsonColumn()
  metadata: object;

  @Column('integer')
  version: number;

  @InstantColumn()
  updatedAt: number;
}
