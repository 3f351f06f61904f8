import { columnsFor, index, Migration, type QueryRunner, Table } from '../../../platform/database/migration';

/** Removals of the administrator role that wait for the decision of auth. */
export class CreateAdministratorReleases1764600000000 extends Migration {
  async up(runner: QueryRunner): Promise<void> {
    const { id, text, instant } = columnsFor(runner);
    await runner.createTable(
      new Table({
        name: 'administrator_releases',
        columns: [id(), text('user_id'), instant('created_at')],
      }),
    );
    await index(runner, 'administrator_releases', ['created_at']);
  }
}
