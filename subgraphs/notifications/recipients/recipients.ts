import type { Database } from '../../../platform/database/database';
import type { Transaction } from '../../../platform/database/transaction';
import type { Keyring } from '../../../platform/security/keyring';
import { type ContactChanged, contactChanged } from '../events';
import { RecipientRow } from '../tables';

/** The users that notifications can be sent to by id, as the events of auth and users last described them. Events come in any order. */
export class Recipients {
  constructor(
    private readonly db: Database,
    private readonly keyring: Keyring,
  ) {}

  /**
   * A registration does not overrule a suspension or an erasure that is known already.
   *
   * @returns whether the user is deleted, and the notice of it could not be sent without this address
   */
  async register(
    user: { userId: string; email: string; isActive: boolean },
    tx: Transaction,
  ): Promise<boolean> {
    const { userId, email, isActive } = user;
    const known = await tx.manager.findOneBy(RecipientRow, { userId });
    if (known === null) await tx.manager.insert(RecipientRow, { ...unknown(userId), email, isActive });
    else if (known.erasedAt === null) await tx.manager.update(RecipientRow, { userId }, { email });
    if (known?.isNoticeOwed !== true) return false;
    await tx.manager.update(RecipientRow, { userId }, { isNoticeOwed: false });
    return true;
  }

  async setActive(userId: string, isActive: boolean, tx: Transaction): Promise<void> {
    await this.change(userId, { isActive }, tx);
  }

  /** An older version of the profile than the known one changes nothing. */
  async setContact(contact: ContactChanged, tx: Transaction): Promise<void> {
    const { userId, sealedPhone, locale, timeZone, version } = contact;
    const phone =
      sealedPhone === null
        ? null
        : this.keyring.encrypt(
            this.keyring.decrypt(sealedPhone, `event:${contactChanged}:${userId}`),
            phoneContext(userId),
          );
    await this.change(userId, { phone, locale, timeZone, profileVersion: version }, tx);
  }

  private async change(userId: string, changes: Partial<RecipientRow>, tx: Transaction): Promise<void> {
    const known = await tx.manager.findOneBy(RecipientRow, { userId });
    if (known === null) await tx.manager.insert(RecipientRow, { ...unknown(userId), ...changes });
    else if (known.erasedAt === null && (changes.profileVersion ?? Infinity) > known.profileVersion)
      await tx.manager.update(RecipientRow, { userId }, changes);
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
  async active(userIds: readonly string[]): Promise<RecipientRow[]> {
    return [...(await this.all(userIds)).values()].filter(({ isActive }) => isActive);
  }

  /** @throws Error when the key of the text is gone */
  phoneOf({ userId, phone }: RecipientRow): string | null {
    return phone === null ? null : this.keyring.decrypt(phone, phoneContext(userId));
  }

  /** The id stays, so that an event that comes late does not bring the addresses back. @returns what was known */
  async erase(userId: string, tx: Transaction): Promise<Pick<RecipientRow, 'email' | 'locale'>> {
    const known = await tx.manager.findOneBy(RecipientRow, { userId });
    if (known !== null && known.erasedAt !== null) return unknown(userId);
    const email = known?.email ?? null;
    const erased: RecipientRow = {
      ...unknown(userId),
      isActive: false,
      erasedAt: this.db.clock.now(),
      isNoticeOwed: email === null,
    };
    await tx.manager.save(RecipientRow, erased);
    return known ?? unknown(userId);
  }
}

function unknown(userId: string): RecipientRow {
  return {
    userId,
    email: null,
    isActive: true,
    erasedAt: null,
    phone: null,
    locale: null,
    timeZone: null,
    profileVersion: 0,
    isNoticeOwed: false,
  };
}

function phoneContext(userId: string): string {
  return `recipients.phone:${userId}`;
}
