import type { EntityManager } from 'typeorm';
import { affectedRows } from '../../platform/database/database';
import type { Transaction } from '../../platform/database/transaction';
import type { Erased, ExportedFile, PersonalData } from '../../platform/personal-data';
import { SampleRow } from './tables';

/** The personal data of this service. */
export class SampleData implements PersonalData {
  async erase(userId: string, tx: Transaction): Promise<Erased> {
    return {
      erased: { samples: affectedRows(await tx.manager.delete(SampleRow, { userId })) },
      anonymised: {},
    };
  }

  async collect(userId: string, manager: EntityManager): Promise<ExportedFile[]> {
    const rows = await manager.find(SampleRow, { where: { userId }, order: { id: 'ASC' } });
    if (rows.length === 0) return [];
    const content = rows.map(({ id, name, createdAt }) => ({
      id,
      name,
      createdAt: new Date(createdAt).toISOString(),
    }));
    return [{ name: 'samples.json', content }];
  }
}
