import { columnsFor, Migration, type QueryRunner, TableColumn } from '../../../platform/database/migration';

export class AddAvatarFiles1764700000000 extends Migration {
  async up(runner: QueryRunner): Promise<void> {
    const { text } = columnsFor(runner);
    await runner.addColumn('profiles', new TableColumn(text('avatar_file_id', { nullable: true })));
  }
}
