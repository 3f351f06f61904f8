import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { IdColumn, InstantColumn, JsonColumn, TextColumn } from '../../../platform/database/columns';

@Entity('roles')
export class RoleRow {
  @IdColumn()
  id: string;

  @TextColumn()
  name: string;

  @TextColumn()
  description: string;

  /** Sorted, without duplicates. */
  @JsonColumn()
  permissions: string[];

  /** Comes with Plinth: cannot be deleted or renamed. */
  @Column('boolean')
  isSystem: boolean;

  @Column('integer')
  version: number;
}

/** A user who is about to lose the administrator role, until auth's decision is carried out, see administrator-releases.ts. */
@Entity('administrator_releases')
export class AdministratorReleaseRow {
  @IdColumn()
  id: string;

  @TextColumn()
  userId: string;

  @InstantColumn()
  createdAt: number;
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

  /** The user or API key that assigned it; null for roles of the registration. */
  @TextColumn({ nullable: true })
  assignedBy: string | null;
}
