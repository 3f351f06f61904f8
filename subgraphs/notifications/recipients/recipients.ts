import type { Database } from '../../../platform/database/database';
import type { Transaction } from '../../../platform/database/transaction';
import { RecipientRow } from '../tables';

/** The users that notifications can be sent to by id, as the events of auth last described them. */
export class Recipients {
  constructor(private readonly db: Database) {}

  /** Events come in any order: a registration does not overrule a suspension or an erasure that is known already. */
  async register(user: { userId: string; email: string; isActive: boolean }, tx: Transaction): Promise<void> {
    const { userId, email, isActive } = user;
    const known = await tx.manager.findOneBy(RecipientRow, { userId });
    if (known === null) await tx.manager.insert(RecipientRow, { userId, email, isActive, erasedAt: null });
    else if (known.erasedAt === null) await tx.manager.update(RecipientRow, { userId }, { email });
  }

  async setActive(userId: string, isActive: boolean, tx: Transaction): Promise<void> {
    const known = await tx.manager.findOneBy(RecipientRow, { userId });
    if (known === null)
      await tx.manager.insert(RecipientRow, { userId, email: null, isActive, erasedAt: null });
    else if (known.erasedAt === null) await tx.manager.update(RecipientRow, { userId }, { isActive });
  }

  async find(userId: string, tx?: Transaction): Promise<RecipientRow | null> {
    return (tx?.manager ?? this.db.read).findOneBy(RecipientRow, { userId });
  }

  async all(userIds: readonly string[]): Promise<Map<string, RecipientRow>> {
    if (userIds.length === 0) return new Map();
    const rows = await this.db.rows(RecipientRow, 'WHERE user_id IN (??)', [[...userIds]]);
    return new Map(rows.map(row => [row.userId, row]));
  }

  /** The users among these ids that are known and active. */
  async active(userIds: readonly string[]): Promise<Set<string>> {
    const rows = await this.all(userIds);
    return new Set([...rows.values()].filter(({ isActive }) => isActive).map(({ userId }) => userId));
  }

  /** The users among these ids that can get mail. */
  async reachable(userIds: readonly string[]): Promise<Map<string, string>> {
    const rows = [...(await this.all(userIds)).values()].filter(({ isActive }) => isActive);
    return new Map(rows.flatMap(({ userId, email }) => (email === null ? [] : [[userId, email]])));
  }

  /** The id stays, so that an event that comes late does not bring the address back. @returns the address that was known */
  async erase(userId: string, tx: Transaction): Promise<string | null> {
    const known = await tx.manager.findOneBy(RecipientRow, { userId });
    const erased: RecipientRow = { userId, email: null, isActive: false, erasedAt: this.db.clock.now() };
    if (known === null) await tx.manager.insert(RecipientRow, erased);
    else if (known.erasedAt === null) await tx.manager.update(RecipientRow, { userId }, erased);
    return known?.email ?? null;
  }
}
