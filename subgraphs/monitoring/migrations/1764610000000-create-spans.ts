import { columnsFor, index, Migration, type QueryRunner, Table } from '../../../platform/database/migration';

/** The spans of traces. */
export class CreateSpans1764610000000 extends Migration {
  async up(runner: QueryRunner): Promise<void> {
    const { text, boolean, instant, bigCount } = columnsFor(runner);
    await runner.createTable(
      new Table({
        name: 'spans',
        columns: [
          text('trace_id', { primary: true }),
          text('span_id', { primary: true }),
          text('parent_span_id', { nullable: true }),
          text('service'),
          text('name'),
          text('kind'),
          bigCount('started_at'),
          bigCount('duration'),
          boolean('is_error'),
          text('attributes'),
          text('enduser_id', { nullable: true }),
          instant('stored_at'),
        ],
      }),
    );
    await index(runner, 'spans', ['stored_at']);
    await index(runner, 'spans', ['enduser_id'], 'enduser_id IS NOT NULL');
  }
}
