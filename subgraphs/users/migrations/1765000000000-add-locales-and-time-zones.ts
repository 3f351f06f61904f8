import { columnsFor, Migration, type QueryRunner, Table } from '../../../platform/database/migration';

/** Locale and time zone of profiles. Phone numbers from before other services listened to them are published once more. */
export class AddLocalesAndTimeZones1765000000000 extends Migration {
  async up(runner: QueryRunner): Promise<void> {
    const { id } = columnsFor(runner);
    // TypeORM's addColumn copies the whole table on SQLite.
    for (const column of ['locale', 'time_zone'])
      await runner.query(`ALTER TABLE profiles ADD COLUMN ${column} text`);
    await runner.createTable(new Table({ name: 'contacts_to_announce', columns: [id('user_id')] }));
    await runner.query(
      'INSERT INTO contacts_to_announce (user_id) SELECT user_id FROM profiles WHERE phone IS NOT NULL',
    );
  }
}
