import { Migration, type QueryRunner } from '../../../platform/database/migration';

/** Locale and time zone of the users that notifications go to. */
export class AddLocalesAndTimeZones1765000000000 extends Migration {
  async up(runner: QueryRunner): Promise<void> {
    // TypeORM's addColumn copies the whole table on SQLite.
    for (const column of ['locale', 'time_zone'])
      await runner.query(`ALTER TABLE recipients ADD COLUMN ${column} text`);
  }
}
