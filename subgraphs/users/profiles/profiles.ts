import type { Database } from '../../../platform/database/database';
import {
  type Condition,
  KeysetList,
  type OrderKey,
  type Page,
  type PageRequest,
  pageSize,
} from '../../../platform/database/keyset';
import type { Transaction } from '../../../platform/database/transaction';
import { AppError, notFound, platformErrors } from '../../../platform/errors';
import { isUuid } from '../../../platform/ids';
import { type Caller, isSelfOrHolds } from '../../../platform/security/caller';
import type { Keyring } from '../../../platform/security/keyring';
import { type ContactChanged, contactChanged } from '../events';
import { lockUsers, requireSignedIn, visibleUsers } from '../roles/access';
import { requireAuthority } from '../roles/authority';
import { isRoleName } from '../roles/role-input';
import { indexForSearch } from '../search/search-index';
import { ProfileRow, RoleAssignmentRow, RoleRow } from '../tables';
import { type ProfilePatch, validProfile } from './profile-input';

export interface UserFilter {
  active?: boolean | null | undefined;
  /** Name of a role; one that does not exist has no members. */
  role?: string | null | undefined;
  createdAfter?: Date | null | undefined;
  createdBefore?: Date | null | undefined;
}

export enum UserOrder {
  CREATED_AT_ASC = 'CREATED_AT_ASC',
  CREATED_AT_DESC = 'CREATED_AT_DESC',
  USERNAME_ASC = 'USERNAME_ASC',
  USERNAME_DESC = 'USERNAME_DESC',
}

const orders: Record<UserOrder, OrderKey[]> = {
  CREATED_AT_ASC: orderBy('createdAt', 'number', 'ASC'),
  CREATED_AT_DESC: orderBy('createdAt', 'number', 'DESC'),
  USERNAME_ASC: orderBy('usernameKey', 'text', 'ASC'),
  USERNAME_DESC: orderBy('usernameKey', 'text', 'DESC'),
};

function orderBy(property: string, type: OrderKey['type'], direction: OrderKey['direction']): OrderKey[] {
  return [
    { property, type, direction },
    { property: 'userId', type: 'text', direction },
  ];
}

/** The public columns of a profile. The copies of auth's fields are for filters and order only. */
const shown = [
  'id',
  'userId',
  'firstName',
  'lastName',
  'phone',
  'locale',
  'timeZone',
  'avatarUrl',
  'avatarFileId',
  'metadata',
  'version',
  'updatedAt',
] as const satisfies (keyof ProfileRow)[];

/** What other services need to know of a profile to send messages. */
export type Contact = Pick<ProfileRow, 'userId' | 'phone' | 'locale' | 'timeZone' | 'version'>;

export type ShownProfile = Pick<ProfileRow, (typeof shown)[number]>;

const lists = {
  CREATED_AT_ASC: new KeysetList(ProfileRow, orders.CREATED_AT_ASC, shown),
  CREATED_AT_DESC: new KeysetList(ProfileRow, orders.CREATED_AT_DESC, shown),
  USERNAME_ASC: new KeysetList(ProfileRow, orders.USERNAME_ASC, shown),
  USERNAME_DESC: new KeysetList(ProfileRow, orders.USERNAME_DESC, shown),
};

const memberLists = {
  CREATED_AT_ASC: new KeysetList(RoleAssignmentRow, orders.CREATED_AT_ASC),
  CREATED_AT_DESC: new KeysetList(RoleAssignmentRow, orders.CREATED_AT_DESC),
  USERNAME_ASC: new KeysetList(RoleAssignmentRow, orders.USERNAME_ASC),
  USERNAME_DESC: new KeysetList(RoleAssignmentRow, orders.USERNAME_DESC),
};

const isActiveMember = `EXISTS (SELECT 1 FROM profiles
  WHERE profiles.user_id = role_assignments.user_id AND profiles.is_active = ?)`;

/** The profiles of users, and the list of users. */
export class Profiles {
  constructor(
    private readonly db: Database,
    private readonly keyring: Keyring,
  ) {}

  /**
   * A page of users: their profiles, or their assignments when the filter names a role.
   *
   * @throws AppError 401, 403 without `users:read`; 422 for an invalid page size or cursor
   */
  async list(
    caller: Caller,
    filter: UserFilter,
    order: UserOrder,
    page: PageRequest,
  ): Promise<Page<ShownProfile | RoleAssignmentRow>> {
    caller.require('users:read');
    const role = filter.role ?? undefined;
    if (role === undefined) return this.allUsers(filter, order, page);
    const known = isRoleName(role) ? await this.db.read.findOneBy(RoleRow, { name: role }) : null;
    if (known !== null) return this.membersOf(known.id, filter, order, page);
    pageSize(page.first);
    return { edges: [], nodes: [], pageInfo: { hasNextPage: false, endCursor: null } };
  }

  /** The profile; null for an unknown user, and for another user without `users:read`. @throws AppError 401 */
  async find(caller: Caller, userId: string): Promise<ShownProfile | null> {
    requireSignedIn(caller);
    if (!isSelfOrHolds(caller, userId, 'users:read') || !isUuid(userId)) return null;
    const [row] = await this.db.rows(ProfileRow, 'WHERE user_id = ?', [userId], shown);
    return row ?? null;
  }

  /** For a loader. Only the caller's own profile, or every profile with `users:read`. */
  async byUserIds(caller: Caller, userIds: readonly string[]): Promise<ShownProfile[]> {
    const visible = visibleUsers(caller, userIds);
    return visible.length === 0 ? [] : this.db.rows(ProfileRow, 'WHERE user_id IN (??)', [visible], shown);
  }

  /** The same by the ids of the profiles. */
  async byIds(caller: Caller, ids: readonly string[]): Promise<ShownProfile[]> {
    const known = ids.filter(isUuid);
    if (known.length === 0) return [];
    const rows = await this.db.rows(ProfileRow, 'WHERE id IN (??)', [known], shown);
    return rows.filter(({ userId }) => isSelfOrHolds(caller, userId, 'users:read'));
  }

  /**
   * Changes the given fields, if the version is still the current one. Without a version the last write of a field wins.
   *
   * @throws AppError 401; 403 for a user who holds more permissions than the caller; 404 for another user without `users:write`; 409 VERSION_CONFLICT; 422 with every wrong field
   */
  async update(
    caller: Caller,
    userId: string,
    patch: ProfilePatch,
    version?: number | null,
  ): Promise<string> {
    requireSignedIn(caller);
    if (!isSelfOrHolds(caller, userId, 'users:write')) throw notFound('User');
    const { phone, metadata, ...texts } = validProfile(patch);
    if (!isUuid(userId)) throw notFound('User');
    const changes = Object.fromEntries(
      Object.entries({
        ...texts,
        phone: typeof phone === 'string' ? this.sealPhone(userId, phone) : phone,
        metadata: metadata === null ? {} : metadata,
      }).filter(([, value]) => value !== undefined),
    );
    await this.db.transaction(async tx => {
      const [row] = await lockUsers(this.db, tx, [userId]);
      if (row === undefined) throw notFound('User');
      await requireAuthority(tx.manager, caller, userId);
      if (version != null && version !== row.version) {
        throw new AppError(platformErrors.VERSION_CONFLICT, 'This profile has changed: read it again', {
          details: { currentVersion: row.version },
        });
      }
      if (Object.keys(changes).length === 0) return;
      const changed = {
        ...this.underCurrentKey(row),
        ...changes,
        version: row.version + 1,
        updatedAt: this.db.clock.now(),
      };
      await tx.manager.update(ProfileRow, { userId }, changed);
      if ('phone' in changes || 'locale' in changes || 'timeZone' in changes)
        await this.emitContact(tx, { ...row, ...changed });
      if ('firstName' in changes || 'lastName' in changes) {
        await indexForSearch(this.db, tx, { ...row, ...changes });
      }
    });
    return userId;
  }

  /** Tells the services that send messages. */
  async emitContact(tx: Transaction, { userId, phone, locale, timeZone, version }: Contact): Promise<void> {
    const open = this.openPhone(userId, phone);
    const sealedPhone =
      open === null ? null : this.keyring.encrypt(open, `event:${contactChanged}:${userId}`);
    const data: ContactChanged = { userId, sealedPhone, locale, timeZone, version };
    await tx.emit({ type: contactChanged, data });
  }

  sealPhone(userId: string, phone: string): string {
    return this.keyring.encrypt(phone, phoneContext(userId));
  }

  /** @throws Error when the text was not encrypted for this user, or its key is gone */
  openPhone(userId: string, sealed: string | null): string | null {
    return sealed === null ? null : this.keyring.decrypt(sealed, phoneContext(userId));
  }

  /** Encrypts the phone number with the current key. A missing old key must not block changes of other fields. */
  private underCurrentKey({ userId, phone }: ProfileRow): { phone?: string } {
    if (phone === null || !this.keyring.needsRotation(phone)) return {};
    try {
      const context = phoneContext(userId);
      return { phone: this.keyring.encrypt(this.keyring.decrypt(phone, context), context) };
    } catch {
      return {};
    }
  }

  private allUsers(filter: UserFilter, order: UserOrder, page: PageRequest): Promise<Page<ShownProfile>> {
    const within: Condition[] = createdWithin(filter);
    if (filter.active != null) within.push({ sql: 'is_active = ?', values: [filter.active] });
    return lists[order].page(this.db, within, page);
  }

  /** Reads the index of the role's members, so that the cost depends on the page and not on the number of members. */
  private membersOf(
    roleId: string,
    filter: UserFilter,
    order: UserOrder,
    page: PageRequest,
  ): Promise<Page<RoleAssignmentRow>> {
    const within: Condition[] = [{ sql: 'role_id = ?', values: [roleId] }, ...createdWithin(filter)];
    if (filter.active != null) within.push({ sql: isActiveMember, values: [filter.active] });
    return memberLists[order].page(this.db, within, page);
  }
}

function createdWithin(filter: UserFilter): Condition[] {
  const within: Condition[] = [];
  if (filter.createdAfter != null) {
    within.push({ sql: 'created_at >= ?', values: [filter.createdAfter.getTime()] });
  }
  if (filter.createdBefore != null) {
    within.push({ sql: 'created_at < ?', values: [filter.createdBefore.getTime()] });
  }
  return within;
}

/** The context of encryption: a phone number that is copied to another row does not decrypt. */
function phoneContext(userId: string): string {
  return `profiles.phone:${userId}`;
}
