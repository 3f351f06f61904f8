import { In } from 'typeorm';
import type { Database } from '../../platform/database/database';
import { AppError, invalid, unauthenticated } from '../../platform/errors';
import { isUuid, uuidv7 } from '../../platform/ids';
import { type Caller, holds, isSelf } from '../../platform/security/caller';
import { samplesErrors } from './errors';
import { SampleRow } from './tables';

/** Published with the transaction that creates a sample. */
const sampleCreated = 'sample.created';

interface SampleCreated {
  sampleId: string;
  userId: string;
}

const longestName = 100;
/** It keeps `User.samples` a list with an end. Two requests at once may pass it by one. */
export const mostSamples = 100;

/** What users may do with samples: each user has their own. */
export class Samples {
  constructor(private readonly db: Database) {}

  /** @throws AppError 401, 403 for API keys, 409 SAMPLE_LIMIT_REACHED, 422 */
  async create(caller: Caller, input: { name: string }): Promise<SampleRow> {
    const userId = caller.requireUser();
    const name = input.name.trim();
    if (name === '' || name.length > longestName) {
      throw invalid([{ field: 'name', message: `must be 1 to ${longestName} characters` }]);
    }
    const createdAt = this.db.clock.now();
    const row = Object.assign(new SampleRow(), { id: uuidv7(createdAt), userId, name, createdAt });
    await this.db.transaction(async tx => {
      if ((await tx.manager.countBy(SampleRow, { userId })) >= mostSamples) {
        throw new AppError(samplesErrors.SAMPLE_LIMIT_REACHED, `A user has at most ${mostSamples} samples`);
      }
      await tx.manager.insert(SampleRow, row);
      const data: SampleCreated = { sampleId: row.id, userId };
      await tx.emit({ type: sampleCreated, data });
    });
    return row;
  }

  /** One's own sample, or with `samples:read` another user's; null otherwise. @throws AppError 401, 503 when revocations cannot be known */
  async find(caller: Caller, id: string): Promise<SampleRow | null> {
    if (caller.kind === 'anonymous') throw unauthenticated();
    const row = isUuid(id) ? await this.db.read.findOneBy(SampleRow, { id }) : null;
    return row !== null && maySee(caller, row.userId) ? row : null;
  }

  /** The samples of those users whose samples the caller may see, the oldest first. */
  async ofUsers(caller: Caller, userIds: readonly string[]): Promise<SampleRow[]> {
    const visible = userIds.filter(userId => maySee(caller, userId));
    return this.db.read.find(SampleRow, { where: { userId: In(visible) }, order: { id: 'ASC' } });
  }
}

function maySee(caller: Caller, userId: string): boolean {
  return isSelf(caller, userId) || holds(caller, 'samples:read');
}
