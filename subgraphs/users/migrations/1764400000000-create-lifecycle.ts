import {
  belongsTo,
  columnsFor,
  index,
  Migration,
  type QueryRunner,
  Table,
  uniqueIndex,
} from '../../../platform/database/migration';

/** Users that are being created, deleted and exported. */
export class CreateLifecycle1764400000000 extends Migration {
  async up(runner: QueryRunner): Promise<void> {
    const { id, text, integer, instant, json } = columnsFor(runner);
    await runner.createTable(
      new Table({
        name: 'creations',
        columns: [
          id(),
          text('caller_id'),
          text('key_hash'),
          text('fingerprint'),
          text('input', { nullable: true }),
          text('user_id', { nullable: true }),
          instant('created_at'),
          instant('finished_at', { nullable: true }),
        ],
      }),
    );
    await uniqueIndex(runner, 'creations', ['caller_id', 'key_hash']);
    await index(runner, 'creations', ['created_at']);
    await index(runner, 'creations', ['user_id']);

    await runner.createTable(
      new Table({
        name: 'deletions',
        columns: [
          id(),
          text('user_id', { unique: true }),
          text('requested_by', { nullable: true }),
          instant('requested_at'),
          instant('asked_at'),
          instant('completed_at', { nullable: true }),
        ],
      }),
    );
    await index(runner, 'deletions', ['asked_at'], 'completed_at IS NULL');
    await index(runner, 'deletions', ['requested_at']);
    await runner.createTable(
      new Table({
        name: 'deletion_steps',
        columns: [
          text('deletion_id', { primary: true }),
          text('service', { primary: true }),
          json('erased', { nullable: true }),
          json('anonymised', { nullable: true }),
          instant('completed_at', { nullable: true }),
        ],
        foreignKeys: [belongsTo('deletion_id', 'deletions')],
      }),
    );

    await runner.createTable(
      new Table({
        name: 'exports',
        columns: [
          id(),
          text('user_id'),
          instant('requested_at'),
          instant('ready_at', { nullable: true }),
          instant('expires_at'),
        ],
      }),
    );
    await index(runner, 'exports', ['user_id', 'requested_at']);
    await index(runner, 'exports', ['expires_at']);
    await runner.createTable(
      new Table({
        name: 'export_steps',
        columns: [
          text('export_id', { primary: true }),
          text('service', { primary: true }),
          integer('files', { nullable: true }),
        ],
        foreignKeys: [belongsTo('export_id', 'exports')],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'export_files',
        columns: [
          text('export_id', { primary: true }),
          text('service', { primary: true }),
          text('name', { primary: true }),
          text('sealed'),
        ],
        foreignKeys: [belongsTo('export_id', 'exports')],
      }),
    );
  }
}
