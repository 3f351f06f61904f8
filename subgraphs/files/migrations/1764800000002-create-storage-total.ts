import { columnsFor, Migration, type QueryRunner, Table } from '../../../platform/database/migration';

export class CreateStorageTotal1764800000002 extends Migration {
  async up(runner: QueryRunner): Promise<void> {
    const { id, bigCount } = columnsFor(runner);
    await runner.createTable(
      new Table({ name: 'storage_total', columns: [id(), bigCount('bytes'), bigCount('files')] }),
    );
    await runner.query(`INSERT INTO storage_total (id, bytes, files)
      SELECT 'all', COALESCE(SUM(bytes), 0), COALESCE(SUM(files), 0) FROM storage_usage`);
  }
}
