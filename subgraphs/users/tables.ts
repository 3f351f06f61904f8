import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';
import { IdColumn, InstantColumn, JsonColumn, TextColumn } from '../../platform/columns';

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

@Entity('roles')
export class RoleRow {
  @IdColumn()
  id: string;

  @TextColumn()
  name: string;

  @TextColumn()
  description: string;

  /** Sorted, each once. */
  @JsonColumn()
  permissions: string[];

  /** Comes with Plinth: cannot be deleted or renamed. */
  @Column('boolean')
  isSystem: boolean;

  @Column('integer')
  version: number;
}

@Entity('role_assignments')
export class RoleAssignmentRow {
  @PrimaryColumn('text')
  userId: string;

  @PrimaryColumn('text')
  roleId: string;

  @ManyToOne(() => RoleRow)
  @JoinColumn({ name: 'role_id' })
  role: RoleRow;

  /** Copies of the profile's `createdAt` and `usernameKey`: a role's members are paged in either order by an index. */
  @InstantColumn()
  createdAt: number;

  @TextColumn()
  usernameKey: string;

  @InstantColumn()
  assignedAt: number;

  /** The user or API key that assigned it; null for what came with the registration. */
  @TextColumn({ nullable: true })
  assignedBy: string | null;
}

/** What a user is found by (words.ts). Written anew, as a whole, whenever that changes. */
@Entity('search_entries')
export class SearchEntryRow {
  /** What SQLite's index knows the entry by. */
  @PrimaryGeneratedColumn({ type: 'bigint' })
  id: string;

  @TextColumn()
  userId: string;

  /** The username, then every word, parted by spaces. */
  @TextColumn()
  words: string;

  /** The words' marks (marks.ts), parted by spaces; a tsvector on PostgreSQL. Indexed as `search_marks` on SQLite. */
  @TextColumn()
  marks: string;
}

/** The same words, each in a row: those that begin with a text are read from an index in their order. */
@Entity('search_words')
export class SearchWordRow {
  @PrimaryColumn('text')
  userId: string;

  @PrimaryColumn('text')
  word: string;
}

export const entities = [ProfileRow, RoleRow, RoleAssignmentRow, SearchEntryRow, SearchWordRow];
