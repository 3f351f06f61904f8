import { randomUUID } from 'node:crypto';
import { IsNull, LessThan, MoreThan } from 'typeorm';
import { affectedRows, type Database, type Transaction } from '../../../platform/database/database';
import { notFound } from '../../../platform/errors';
import type { DomainEvent } from '../../../platform/events/event-bus';
import type { LivePubSub } from '../../../platform/events/live-updates';
import type { OutboxRelay } from '../../../platform/events/outbox';
import { isUuid, uuidv7 } from '../../../platform/ids';
import type { Counts, PersonalData, UserDataErased } from '../../../platform/personal-data';
import { type UserDeletionRequested, userDeletionRequested } from '../../../platform/security/access-events';
import { type Caller, holds, isSelf, requireRecent } from '../../../platform/security/caller';
import { longestAccessToken } from '../../../platform/security/credentials';
import { participants } from '../participants';
import { assignmentsOf, lockExistence, lockRoles, lockUsers, requireSignedIn } from '../roles/access';
import { administrator, requireActiveMember } from '../roles/roles';
import { DeletionRow, DeletionStepRow } from '../tables';

/** The doorbell of a deletion's progress; its id is the topic's. */
export const deletionChanged = 'deletionChanged';

export type DeletionStatus = 'requested' | 'running' | 'completed';

export interface Deletion {
  id: string;
  status: DeletionStatus;
  requestedAt: number;
  completedAt: number | null;
  /** By name of the service. */
  steps: { service: string; completedAt: number | null; erased: Counts; anonymised: Counts }[];
}

/** A service that has not answered for so long is told again: events are kept for a week, and given up on after a few tries. */
const askAgainMs = 10 * 60_000;
const batch = 50;

/**
 * Deletes users, in every service. What this service holds goes in the transaction that notes the deletion and announces
 * it; the announcement alone ends the user's access everywhere (platform/revocations.ts); each other service then erases
 * its part in a transaction of its own and says so, now or when it is up again.
 */
export class Deletions {
  constructor(
    private readonly db: Database,
    private readonly data: Pick<PersonalData, 'erase'>,
    private readonly relay: Pick<OutboxRelay, 'flush'>,
    private readonly pubSub: Pick<LivePubSub, 'publish'>,
  ) {}

  /**
   * Deletes the caller, or with `users:delete` somebody else. When it answers, every server refuses what the user held. Asked
   * again it answers with the same deletion.
   *
   * @throws AppError 401 REAUTHENTICATION_REQUIRED when the caller's sign-in is older than ten minutes, 404 for a user
   * that the caller may not delete, 409 LAST_ADMINISTRATOR, 503 when it could not be announced: then it is noted, and
   * announced later
   */
  async request(caller: Caller, userId: string): Promise<Deletion> {
    requireSignedIn(caller);
    if (!isSelf(caller, userId) && !holds(caller, 'users:delete')) throw notFound('User');
    if (!isUuid(userId)) throw notFound('User');
    requireRecent(caller, this.db.clock.now());
    const row = await this.db.transaction(async tx => {
      // Of two who delete the last two administrators at once, the second waits here and then sees the first one's deed.
      const [role] = await lockRoles(this.db, tx, { names: [administrator] }, 'change');
      await lockExistence(this.db, tx, userId);
      const known = await tx.manager.findOneBy(DeletionRow, { userId });
      if (known !== null) return known;
      const [profile] = await lockUsers(this.db, tx, [userId]);
      // Somebody who has just registered is known to auth already, and by a token.
      if (profile === undefined && !isSelf(caller, userId)) throw notFound('User');
      const held = (await assignmentsOf(tx.manager, [userId])).map(each => each.roleId);
      const done = await this.data.erase(userId, tx);
      if (role !== undefined && held.includes(role.id)) await requireActiveMember(tx, role.id);
      return this.begin(tx, caller, userId, done);
    });
    await this.relay.flush();
    return this.withSteps(row);
  }

  /**
   * The deletion, for who asked for it and for holders of `users:delete`. Somebody who deleted their own account has
   * nothing left to show but its id, which nobody can guess: for those the id is enough.
   *
   * @throws AppError 503 when revocations cannot be known
   */
  async find(caller: Caller, id: string): Promise<Deletion | null> {
    const row = isUuid(id) ? await this.db.read.findOneBy(DeletionRow, { id }) : null;
    if (row === null) return null;
    const mayWatch =
      row.requestedBy === null || row.requestedBy === caller.id || holds(caller, 'users:delete');
    return mayWatch ? this.withSteps(row) : null;
  }

  /** Notes what a service did; what it says again changes nothing. */
  async noteErased(told: UserDataErased, tx: Transaction): Promise<void> {
    const { deletionId: id, service, erased, anonymised } = told;
    // Two services that answer at once must not both see the other as missing.
    const query = tx.manager.createQueryBuilder(DeletionRow, 'deletion').where('deletion.id = :id', { id });
    if (this.db.kind === 'postgres') query.setLock('pessimistic_write');
    if ((await query.getOne()) === null) return;
    const completedAt = this.db.clock.now();
    const noted = await tx.manager.update(
      DeletionStepRow,
      { deletionId: id, service, completedAt: IsNull() },
      { erased, anonymised, completedAt },
    );
    if (affectedRows(noted) === 0) return;
    const isWaiting = await tx.manager.existsBy(DeletionStepRow, { deletionId: id, completedAt: IsNull() });
    if (!isWaiting) await tx.manager.update(DeletionRow, { id }, { completedAt });
    tx.afterCommit(() => this.pubSub.publish(deletionChanged, id, { id }));
  }

  /** Tells services again that have not answered: their event may have been given up on. */
  async remind(): Promise<void> {
    const before = this.db.clock.now() - askAgainMs;
    const waiting = await this.db.read.find(DeletionRow, {
      where: { completedAt: IsNull(), askedAt: LessThan(before) },
      order: { askedAt: 'ASC' },
      take: batch,
    });
    for (const row of waiting) {
      await this.db.transaction(async tx => {
        // Of several instances one does it.
        const mine = await tx.manager.update(
          DeletionRow,
          { id: row.id, askedAt: row.askedAt, completedAt: IsNull() },
          { askedAt: this.db.clock.now() },
        );
        if (affectedRows(mine) > 0) await tx.emit(eventOf(row));
      });
    }
  }

  /** What was announced about tokens that may still live: a bus in this process has forgotten it with the restart. */
  async recentAnnouncements(): Promise<DomainEvent[]> {
    const since = this.db.clock.now() - longestAccessToken * 1000;
    const rows = await this.db.read.find(DeletionRow, {
      where: { requestedAt: MoreThan(since) },
      order: { requestedAt: 'ASC' },
      take: 50_000,
    });
    return rows.map(row => ({
      id: uuidv7(row.requestedAt),
      version: 1,
      source: 'users',
      occurredAt: row.requestedAt,
      ...eventOf(row),
    }));
  }

  private async begin(
    tx: Transaction,
    caller: Caller,
    userId: string,
    done: Pick<DeletionStepRow, 'erased' | 'anonymised'>,
  ): Promise<DeletionRow> {
    const now = this.db.clock.now();
    const row: DeletionRow = {
      id: randomUUID(),
      userId,
      requestedBy: isSelf(caller, userId) ? null : caller.id,
      requestedAt: now,
      askedAt: now,
      completedAt: null,
    };
    await tx.manager.insert(DeletionRow, row);
    await tx.manager.insert(
      DeletionStepRow,
      participants.map(service => ({
        deletionId: row.id,
        service,
        ...(service === 'users'
          ? { ...done, completedAt: now }
          : { erased: null, anonymised: null, completedAt: null }),
      })),
    );
    await tx.emit(eventOf(row));
    return row;
  }

  private async withSteps({ id, requestedAt }: DeletionRow): Promise<Deletion> {
    // Read again: services may have answered while it was announced.
    const { completedAt } = await this.db.read.findOneByOrFail(DeletionRow, { id });
    const rows = await this.db.read.find(DeletionStepRow, {
      where: { deletionId: id },
      order: { service: 'ASC' },
    });
    const hasBegun = rows.some(row => row.service !== 'users' && row.completedAt !== null);
    return {
      id,
      status: completedAt !== null ? 'completed' : hasBegun ? 'running' : 'requested',
      requestedAt,
      completedAt,
      steps: rows.map(row => ({
        service: row.service,
        completedAt: row.completedAt,
        erased: row.erased ?? {},
        anonymised: row.anonymised ?? {},
      })),
    };
  }
}

function eventOf({ id, userId, requestedAt }: DeletionRow): { type: string; data: UserDeletionRequested } {
  return { type: userDeletionRequested, data: { deletionId: id, userId, requestedAt } };
}
