import {
  columnsFor,
  index,
  Migration,
  type QueryRunner,
  TableColumn,
} from '../../../platform/database/migration';

export class AddScanStatus1764600000003 extends Migration {
  async up(runner: QueryRunner): Promise<void> {
    const { text, integer, instant } = columnsFor(runner);
    for (const column of [
      text('status', { default: 'available' }),
      text('malware', { nullable: true }),
      integer('scans', { default: 0 }),
      instant('next_scan_at', { nullable: true }),
    ]) {
      await runner.addColumn('files', new TableColumn(column));
    }
    await index(runner, 'files', ['status', 'id'], "status <> 'available'");
    await index(runner, 'files', ['next_scan_at'], 'next_scan_at IS NOT NULL');
  }
}
