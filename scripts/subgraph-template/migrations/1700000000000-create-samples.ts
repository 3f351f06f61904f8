import { columnsFor, index, Migration, type QueryRunner, Table } from '../../../platform/database/migration';

export class CreateSamples1700000000000 extends Migration {
  async up(runner: QueryRunner): Promise<void> {
    const { id, text, instant } = columnsFor(runner);
    await runner.createTable(
      new Table({
        name: 'samples',
        columns: [id(), text('user_id'), text('name'), instant('created_at')],
      }),
    );
    await index(runner, 'samples', ['user_id', 'id']);
  }
}
