import {
  columnsFor,
  index,
  Migration,
  type QueryRunner,
  TableColumn,
} from '../../../platform/database/migration';

/** The trace of the request that made a file. */
export class NoteTracesOfFiles1764800000000 extends Migration {
  async up(runner: QueryRunner): Promise<void> {
    const { text } = columnsFor(runner);
    await runner.addColumn('files', new TableColumn(text('trace_id', { nullable: true })));
    await index(runner, 'files', ['trace_id', 'id'], 'trace_id IS NOT NULL');
  }
}
