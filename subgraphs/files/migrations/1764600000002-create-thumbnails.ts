import {
  belongsTo,
  columnsFor,
  Migration,
  type QueryRunner,
  Table,
} from '../../../platform/database/migration';

export class CreateThumbnails1764600000002 extends Migration {
  async up(runner: QueryRunner): Promise<void> {
    const { text, bigCount, instant } = columnsFor(runner);
    await runner.createTable(
      new Table({
        name: 'thumbnails',
        columns: [
          text('file_id', { primary: true }),
          text('variant', { primary: true }),
          text('content_type'),
          bigCount('size'),
          text('sha256'),
          text('chunk_digests'),
          text('data_key', { nullable: true }),
          text('storage_key', { unique: true }),
          instant('created_at'),
        ],
        foreignKeys: [belongsTo('file_id', 'files')],
      }),
    );
  }
}
