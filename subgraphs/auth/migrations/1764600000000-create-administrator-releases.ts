import { columnsFor, index, Migration, type QueryRunner, Table } from '../../../platform/database/migration';

/** Accounts that are about to lose the administrator role. */
export class CreateAdministratorReleases1764600000000 extends Migration {
  async up(runner: QueryRunner): Promise<void> {
    const { id, text, instant } = columnsFor(runner);
    await runner.createTable(
      new Table({
        name: 'administrator_releases',
        columns: [id(), text('account_id'), instant('created_at')],
      }),
    );
    await index(runner, 'administrator_releases', ['account_id']);
  }
}
