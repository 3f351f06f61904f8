import { columnsFor, Migration, type QueryRunner, TableColumn } from '../../../platform/database/migration';

/** Files can be encrypted. Those that are stored already have no key and stay as they are until `npm run files:rotate-keys`. */
export class AddDataKeys1764600000001 extends Migration {
  async up(runner: QueryRunner): Promise<void> {
    const { text } = columnsFor(runner);
    await runner.addColumn('files', new TableColumn(text('data_key', { nullable: true })));
  }
}
