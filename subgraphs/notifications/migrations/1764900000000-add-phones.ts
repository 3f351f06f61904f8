import { index, Migration, type QueryRunner } from '../../../platform/database/migration';

/** Phone numbers of users, and the notice of a deletion. */
export class AddPhones1764900000000 extends Migration {
  async up(runner: QueryRunner): Promise<void> {
    // TypeORM's addColumn copies the whole table on SQLite.
    for (const column of [
      'phone text',
      'profile_version integer NOT NULL DEFAULT 0',
      'is_notice_owed boolean NOT NULL DEFAULT false',
    ])
      await runner.query(`ALTER TABLE recipients ADD COLUMN ${column}`);
    await runner.query('ALTER TABLE notifications ADD COLUMN is_transient boolean NOT NULL DEFAULT false');
    await index(runner, 'notifications', ['id'], 'is_transient');
  }
}
