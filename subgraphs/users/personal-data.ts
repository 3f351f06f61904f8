import type { EntityManager } from 'typeorm';
import { affectedRows } from '../../platform/database/database';
import type { Transaction } from '../../platform/database/transaction';
import type { Erased, ExportedFile, PersonalData } from '../../platform/personal-data';
import type { Profiles } from './profiles/profiles';
import { assignmentsOf, permissionsOf } from './roles/access';
import { CreationRow, ExportRow, ProfileRow, RoleAssignmentRow } from './tables';

/** The personal data of this service. The id of a deleted user stays in role assignments to others. */
export class ProfileData implements PersonalData {
  constructor(private readonly profiles: Pick<Profiles, 'openPhone'>) {}

  async erase(userId: string, tx: Transaction): Promise<Erased> {
    const { manager } = tx;
    const erased = {
      exports: affectedRows(await manager.delete(ExportRow, { userId })),
      role_assignments: affectedRows(await manager.delete(RoleAssignmentRow, { userId })),
      profiles: affectedRows(await manager.delete(ProfileRow, { userId })),
    };
    const creations = await manager.update(CreationRow, { userId }, { userId: null, fingerprint: '' });
    return { erased, anonymised: { creations: affectedRows(creations) } };
  }

  async collect(userId: string, manager: EntityManager): Promise<ExportedFile[]> {
    const profile = await manager.findOneBy(ProfileRow, { userId });
    if (profile === null) return [];
    const {
      id,
      username,
      email,
      isActive,
      firstName,
      lastName,
      phone,
      locale,
      timeZone,
      avatarUrl,
      avatarFileId,
      metadata,
      version,
    } = profile;
    const held = await assignmentsOf(manager, [userId]);
    return [
      {
        name: 'profile.json',
        content: {
          id,
          userId,
          username,
          email,
          isActive,
          firstName,
          lastName,
          phone: this.profiles.openPhone(userId, phone),
          locale,
          timeZone,
          avatarUrl,
          avatarFileId,
          metadata,
          version,
          createdAt: new Date(profile.createdAt).toISOString(),
          updatedAt: new Date(profile.updatedAt).toISOString(),
        },
      },
      {
        name: 'roles.json',
        content: {
          roles: held.map(({ role, assignedAt, assignedBy }) => ({
            name: role.name,
            description: role.description,
            assignedAt: new Date(assignedAt).toISOString(),
            assignedBy,
          })),
          permissions: permissionsOf(held.map(each => each.role)),
        },
      },
    ];
  }
}
