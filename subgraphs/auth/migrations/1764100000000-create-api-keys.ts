import { columnsFor, index, Migration, type QueryRunner, Table } from '../../../platform/database/migration';

/** API keys; the previous release does not know them and refuses them. */
export class CreateApiKeys1764100000000 extends Migration {
  async up(runner: QueryRunner): Promise<void> {
    const { id, text, instant, json } = columnsFor(runner);
    await runner.createTable(
      new Table({
        name: 'api_keys',
        columns: [
          id(),
          text('name'),
          text('prefix', { unique: true }),
          text('secret_hash'),
          json('scopes'),
          text('created_by'),
          instant('created_at'),
          instant('expires_at', { nullable: true }),
          instant('last_used_at', { nullable: true }),
          instant('revoked_at', { nullable: true }),
        ],
      }),
    );
    await index(runner, 'api_keys', ['created_by', 'id']);
  }
}
