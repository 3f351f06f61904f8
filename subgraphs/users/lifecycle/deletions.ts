import { randomUUID } from 'node:crypto';
import { In, IsNull, LessThan, MoreThan } from 'typeorm';
import { affectedRows, type Database } from '../../../platform/database/database';
import type { Transaction } from '../../../platform/database/transaction';
import { notFound } from '../../../platform/errors';
import type { DomainEvent } from '../../../platform/events/event-bus';
import type { LivePubSub } from '../../../platform/events/live-updates';
import type { OutboxRelay } from '../../../platform/events/outbox';
import type { Client } from '../../../platform/http/client-address';
import { isUuid, uuidv7 } from '../../../platform/ids';
import type { Counts, PersonalData, UserDataErased } from '../../../platform/personal-data';
import { type UserDeletionRequested, userDeletionRequested } from '../../../platform/security/access-events';
import { type Caller, holds, isSelf, isSelfOrHolds, requireRecent } from '../../../platform/security/caller';
import { longestAccessToken } from '../../../platform/security/credentials';
import { participants } from '../participants';
import { lockUserId, lockUsers, requireSignedIn } from '../roles/access';
import type { AdministratorReleases } from '../roles/administrator-releases';
import { requireAuthority } from '../roles/authority';
import { DeletionRow, DeletionStepRow } from '../tables';

/** The live update of a deletion; its topic id is the id of the deletion. */
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

/** The request is sent again to services that have not answered for this long: a consumer gives up after a few attempts. */
const askAgainMs = 10 * 60_000;
const batch = 50;

/**
 * Deletes users in every service. One transaction deletes the data of this service, stores the deletion and emits
 * `user.deletionRequested`, which ends the user's access on every server (platform/security/revocations.ts). Every other
 * service deletes its part in a transaction of its own and confirms it with an event.
 */
export class Deletions {
  constructor(
    private readonly db: Database,
    private readonly data: Pick<PersonalData, 'erase'>,
    private readonly relay: Pick<OutboxRelay, 'requireBus' | 'announce'>,
    private readonly pubSub: Pick<LivePubSub, 'publish'>,
    private readonly releases: Pick<AdministratorReleases, 'run'>,
  ) {}

  /**
   * Deletes the caller, or another user with `users:delete`. The user's access has ended on every server when it returns. A
   * repeated call returns the same deletion.
   *
   * @throws AppError 401 REAUTHENTICATION_REQUIRED; 403 for a user who holds more permissions than the caller; 404 for a user that the caller may not delete; 409 LAST_ADMINISTRATOR;
   * 503 when the event bus or auth does not answer, and nothing was done
   */
  async request(caller: Caller, client: Client, userId: string): Promise<Deletion> {
    requireSignedIn(caller);
    if (!isSelfOrHolds(caller, userId, 'users:delete') || !isUuid(userId)) throw notFound('User');
    requireRecent(caller, this.db.clock.now());
    await this.relay.requireBus();
    // Before auth is asked about an administrator: a caller without authority learns nothing from its answer.
    await requireAuthority(this.db.read, caller, userId);
    const row = await this.releases.run(userId, async (tx, settle) => {
      await lockUserId(this.db, tx, userId);
      const known = await tx.manager.findOneBy(DeletionRow, { userId });
      if (known !== null) return known;
      const [profile] = await lockUsers(this.db, tx, [userId]);
      // A new user has an access token before the profile exists.
      if (profile === undefined && !isSelf(caller, userId)) throw notFound('User');
      await requireAuthority(tx.manager, caller, userId);
      // Auth ends the release when it erases the account.
      await settle(tx);
      const done = await this.data.erase(userId, tx);
      return this.begin(tx, { caller, client }, userId, done);
    });
    await this.relay.announce();
    return this.withSteps(row);
  }

  /**
   * The deletion, for the caller that requested it and for holders of `users:delete`. The random id alone is enough for
   * users who deleted their own account, because their tokens have ended.
   *
   * @throws AppError 503 when revocations are not current
   */
  async find(caller: Caller, id: string): Promise<Deletion | null> {
    const row = isUuid(id) ? await this.db.read.findOneBy(DeletionRow, { id }) : null;
    if (row === null) return null;
    const mayWatch =
      row.requestedBy === null || row.requestedBy === caller.id || holds(caller, 'users:delete');
    return mayWatch ? this.withSteps(row) : null;
  }

  /** Records the confirmation of a service. A repeated one changes nothing. */
  async recordErasure(event: UserDataErased, tx: Transaction): Promise<void> {
    const { deletionId: id, service, erased, anonymised } = event;
    // The lock lets the last two confirmations see each other.
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

  /**
   * Sends the request again to services that have not answered: their consumer may have given up on the event.
   *
   * @returns those services by name, for the operator
   */
  async resend(): Promise<string[]> {
    const before = this.db.clock.now() - askAgainMs;
    const waiting = await this.db.read.find(DeletionRow, {
      where: { completedAt: IsNull(), askedAt: LessThan(before) },
      order: { askedAt: 'ASC' },
      take: batch,
    });
    for (const row of waiting) {
      await this.db.transaction(async tx => {
        // Of several instances one updates the row.
        const mine = await tx.manager.update(
          DeletionRow,
          { id: row.id, askedAt: row.askedAt, completedAt: IsNull() },
          { askedAt: this.db.clock.now() },
        );
        if (affectedRows(mine) > 0) await tx.emit(eventOf(row));
      });
    }
    const steps = await this.db.read.findBy(DeletionStepRow, {
      deletionId: In(waiting.map(row => row.id)),
      completedAt: IsNull(),
    });
    return [...new Set(steps.map(step => step.service))].sort();
  }

  /** The events of deletions whose tokens may not have expired, for the new in-process bus after a restart. */
  async recentDeletions(): Promise<DomainEvent[]> {
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
    { caller, client }: { caller: Caller; client: Client },
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
      participants().map(service => ({
        deletionId: row.id,
        service,
        ...(service === 'users'
          ? { ...done, completedAt: now }
          : { erased: null, anonymised: null, completedAt: null }),
      })),
    );
    await tx.emit(eventOf(row, client));
    return row;
  }

  private async withSteps({ id, requestedAt }: DeletionRow): Promise<Deletion> {
    // Read again: services may have answered during the flush.
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

function eventOf(
  { id, userId, requestedAt, requestedBy }: DeletionRow,
  client: Client = { address: '', userAgent: '' },
): { type: string; data: UserDeletionRequested } {
  const by = requestedBy === null ? {} : { by: { actorId: requestedBy, client } };
  return { type: userDeletionRequested, data: { deletionId: id, userId, requestedAt, ...by } };
}
