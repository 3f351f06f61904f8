import { columnsFor, index, Migration, type QueryRunner, Table } from '../../../platform/database/migration';

/** Uploads that take more than one request. */
export class CreateUploadSessions1764600000004 extends Migration {
  async up(runner: QueryRunner): Promise<void> {
    const { id, text, boolean, bigCount, instant, json } = columnsFor(runner);
    await runner.createTable(
      new Table({
        name: 'staged_uploads',
        columns: [id(), text('owner_id'), bigCount('size'), json('file'), instant('created_at')],
      }),
    );
    await index(runner, 'staged_uploads', ['owner_id']);
    await index(runner, 'staged_uploads', ['created_at']);
    await runner.createTable(
      new Table({
        name: 'upload_sessions',
        columns: [
          id(),
          text('owner_id'),
          text('protocol'),
          text('filename'),
          text('declared_type', { nullable: true }),
          bigCount('size'),
          text('sha256', { nullable: true }),
          boolean('is_public'),
          json('tags'),
          bigCount('unverified_from', { nullable: true }),
          boolean('is_complete'),
          instant('expires_at'),
        ],
      }),
    );
    await index(runner, 'upload_sessions', ['owner_id']);
    await index(runner, 'upload_sessions', ['expires_at']);
  }
}
