import {
  belongsTo,
  columnsFor,
  index,
  Migration,
  type QueryRunner,
  Table,
  uniqueIndex,
} from '../../../platform/database/migration';

export class CreateFiles1764500000000 extends Migration {
  async up(runner: QueryRunner): Promise<void> {
    const { id, text, integer, bigCount, boolean, instant, json } = columnsFor(runner);
    await runner.createTable(
      new Table({
        name: 'files',
        columns: [
          id(),
          text('owner_id'),
          text('filename'),
          text('filename_key'),
          text('original_filename'),
          text('content_type'),
          text('declared_type', { nullable: true }),
          bigCount('size'),
          text('sha256'),
          text('chunk_digests'),
          text('storage_key', { unique: true }),
          boolean('is_public'),
          json('tags'),
          instant('created_at'),
          instant('updated_at'),
          integer('version'),
        ],
      }),
    );
    await index(runner, 'files', ['owner_id', 'id']);
    await index(runner, 'files', ['content_type', 'id']);
    await runner.createTable(
      new Table({
        name: 'file_tags',
        columns: [text('tag', { primary: true }), text('file_id', { primary: true })],
        foreignKeys: [belongsTo('file_id', 'files')],
      }),
    );
    await index(runner, 'file_tags', ['file_id']);
    await runner.createTable(
      new Table({
        name: 'file_access',
        columns: [
          text('user_id', { primary: true }),
          text('file_id', { primary: true }),
          boolean('can_write'),
          boolean('can_delete'),
        ],
        foreignKeys: [belongsTo('file_id', 'files')],
      }),
    );
    await index(runner, 'file_access', ['file_id']);
    await runner.createTable(
      new Table({
        name: 'storage_usage',
        columns: [text('user_id', { primary: true }), bigCount('bytes'), bigCount('files')],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'removals',
        columns: [text('storage_key', { primary: true }), instant('requested_at')],
      }),
    );
    await this.createShares(runner);
  }

  private async createShares(runner: QueryRunner): Promise<void> {
    const { id, text, integer, instant } = columnsFor(runner);
    await runner.createTable(
      new Table({
        name: 'shares',
        columns: [
          id(),
          text('file_id'),
          text('created_by'),
          text('token_hash'),
          text('password_hash', { nullable: true }),
          instant('expires_at', { nullable: true }),
          integer('max_downloads', { nullable: true }),
          integer('downloads'),
          instant('created_at'),
          instant('revoked_at', { nullable: true }),
          integer('failures'),
          instant('failures_since'),
        ],
        foreignKeys: [belongsTo('file_id', 'files')],
      }),
    );
    await uniqueIndex(runner, 'shares', ['token_hash']);
    await index(runner, 'shares', ['file_id', 'id']);
    await runner.createTable(
      new Table({
        name: 'share_accesses',
        columns: [
          id(),
          text('share_id'),
          instant('at'),
          text('address'),
          text('user_agent'),
          text('outcome'),
        ],
        foreignKeys: [belongsTo('share_id', 'shares')],
      }),
    );
    await index(runner, 'share_accesses', ['share_id', 'id']);
  }
}
