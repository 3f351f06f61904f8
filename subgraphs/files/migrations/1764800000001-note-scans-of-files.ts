import { columnsFor, Migration, type QueryRunner, TableColumn } from '../../../platform/database/migration';

export class NoteScansOfFiles1764800000001 extends Migration {
  async up(runner: QueryRunner): Promise<void> {
    const { instant } = columnsFor(runner);
    await runner.addColumn('files', new TableColumn(instant('scanned_at', { nullable: true })));
  }
}
