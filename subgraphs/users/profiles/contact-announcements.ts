import { In } from 'typeorm';
import type { Database } from '../../../platform/database/database';
import { ProfileRow } from '../tables';
import type { Profiles } from './profiles';

const batch = 500;
/** Batches of one call. Called each minute, it stays far below what consumers take and what the stream of events keeps. */
const mostBatches = 10;

/**
 * Publishes the contacts of users again that are noted in `contacts_to_announce`: a migration noted those whose phone number was
 * stored before other services listened. A user is struck off in the transaction of the event, so each is announced once however
 * many instances run, and a restart goes on where the last one ended.
 */
export class ContactAnnouncements {
  constructor(
    private readonly db: Database,
    private readonly profiles: Pick<Profiles, 'emitContact'>,
  ) {}

  async resume(): Promise<void> {
    for (let count = 0; count < mostBatches && (await this.announceBatch()) === batch; count++);
  }

  /** @returns how many users were struck off; those who were deleted are among them */
  private announceBatch(): Promise<number> {
    return this.db.transaction(async tx => {
      const taken = await tx.write(
        `DELETE FROM contacts_to_announce WHERE user_id IN
         (SELECT user_id FROM contacts_to_announce ORDER BY user_id LIMIT ?) RETURNING user_id`,
        [batch],
      );
      const userIds = taken.map(([userId]) => String(userId));
      // A change at the same time has an event of its own, with a higher version.
      const profiles = await tx.manager.findBy(ProfileRow, { userId: In(userIds) });
      await Promise.all(profiles.map(profile => this.profiles.emitContact(tx, profile)));
      return taken.length;
    });
  }
}
