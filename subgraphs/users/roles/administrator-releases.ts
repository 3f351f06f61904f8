import { setTimeout as sleep } from 'node:timers/promises';
import { LessThan } from 'typeorm';
import { affectedRows, type Database } from '../../../platform/database/database';
import type { Transaction } from '../../../platform/database/transaction';
import { AppError, platformErrors, unavailable } from '../../../platform/errors';
import { uuidv7 } from '../../../platform/ids';
import type { AuthCommands } from '../lifecycle/auth-commands';
import { AdministratorReleaseRow, ProfileRow, RoleAssignmentRow, RoleRow } from '../tables';
import { emitAccess, lockUsers } from './access';
import { administrator } from './authority';

/** Longer than the command to auth and the change take: an older row was abandoned by a crash. */
const abandonedAfterMs = 60_000;
const batch = 20;
/** Time for the event about a new administrator to reach auth. */
const patienceMs = 3_000;
const pauseMs = 100;

/** Call it in the change, when the user is locked. @returns the ids of releases for the event that ends them */
export type Settle = (tx: Transaction) => Promise<string[]>;

/**
 * Asks auth before a user loses the administrator role. Auth knows who is suspended, and decides under one lock that an active
 * administrator is left. From its answer on, it does not count the user as an administrator.
 *
 * A row here is stored before the command. The change deletes it and ends the release with its event. After a failure or a
 * crash the row is deleted with an event that says the user still holds the role. So each release ends exactly once.
 */
export class AdministratorReleases {
  constructor(
    private readonly db: Database,
    private readonly auth: Pick<AuthCommands, 'releaseAdministrator'>,
  ) {}

  /**
   * Runs a change that takes the administrator role from the user, if the user holds it.
   *
   * @throws AppError 409 LAST_ADMINISTRATOR; 503 when auth does not answer, and nothing has changed
   */
  async run<T>(userId: string, change: (tx: Transaction, settle: Settle) => Promise<T>): Promise<T> {
    if (!(await isAdministrator(this.db.read, userId))) {
      return this.db.transaction(tx => change(tx, () => refuseAdministrator(tx, userId)));
    }
    const id = uuidv7(this.db.clock.now());
    const createdAt = this.db.clock.now();
    await this.db.transaction(tx => tx.manager.insert(AdministratorReleaseRow, { id, userId, createdAt }));
    try {
      await this.ask(id, userId);
      return await this.db.transaction(tx => change(tx, () => this.settle(tx, id)));
    } catch (error) {
      await this.cancel({ id, userId });
      throw error;
    }
  }

  /** Ends abandoned releases. */
  async resume(): Promise<void> {
    const abandoned = await this.db.read.find(AdministratorReleaseRow, {
      where: { createdAt: LessThan(this.db.clock.now() - abandonedAfterMs) },
      order: { createdAt: 'ASC' },
      take: batch,
    });
    for (const row of abandoned) await this.cancel(row);
  }

  private async settle(tx: Transaction, id: string): Promise<string[]> {
    const deleted = affectedRows(await tx.manager.delete(AdministratorReleaseRow, { id }));
    if (deleted === 0) throw unavailable('This took too long: try again');
    return [id];
  }

  private async cancel({ id, userId }: Pick<AdministratorReleaseRow, 'id' | 'userId'>): Promise<void> {
    await this.db.transaction(async tx => {
      await lockUsers(this.db, tx, [userId]);
      const deleted = affectedRows(await tx.manager.delete(AdministratorReleaseRow, { id }));
      if (deleted > 0) await emitAccess(tx, [userId], { releases: [id] });
    });
  }

  /** Auth learns of a new administrator by an event: a refusal that contradicts our own rows may be too early. */
  private async ask(releaseId: string, userId: string): Promise<void> {
    for (let waited = 0; ; waited += pauseMs) {
      try {
        return await this.auth.releaseAdministrator({ releaseId, userId });
      } catch (error) {
        const isLast = error instanceof AppError && error.code === platformErrors.LAST_ADMINISTRATOR.code;
        if (!isLast || waited >= patienceMs || !(await this.isAnotherKnown(userId))) throw error;
        await sleep(pauseMs);
      }
    }
  }

  private async isAnotherKnown(userId: string): Promise<boolean> {
    const another = await administratorsIn(this.db.read)
      .innerJoin(ProfileRow, 'profile', 'profile.userId = member.userId AND profile.isActive = :active', {
        active: true,
      })
      .andWhere('member.userId <> :userId', { userId })
      .limit(1)
      .getOne();
    return another !== null;
  }
}

/** The role was given after the check: the change must not take it without asking auth. */
async function refuseAdministrator(tx: Transaction, userId: string): Promise<string[]> {
  if (await isAdministrator(tx.manager, userId)) {
    throw unavailable('The user has just become an administrator: try again');
  }
  return [];
}

async function isAdministrator(manager: Transaction['manager'], userId: string): Promise<boolean> {
  return (await administratorsIn(manager).andWhere('member.userId = :userId', { userId }).getOne()) !== null;
}

function administratorsIn(manager: Transaction['manager']) {
  return manager
    .createQueryBuilder(RoleAssignmentRow, 'member')
    .innerJoin(RoleRow, 'role', 'role.id = member.roleId AND role.name = :name', { name: administrator })
    .where('1 = 1');
}
