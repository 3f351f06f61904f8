import { columnsFor, index, Migration, type QueryRunner, Table } from '../../../platform/database/migration';

/** Commands of the users service to make accounts. */
export class CreateAccountCreations1764400000000 extends Migration {
  async up(runner: QueryRunner): Promise<void> {
    const { id, text, instant } = columnsFor(runner);
    await runner.createTable(
      new Table({
        name: 'account_creations',
        columns: [
          id('creation_id'),
          text('account_id', { nullable: true }),
          text('fingerprint', { nullable: true }),
          text('password_hash', { nullable: true }),
          instant('created_at'),
        ],
      }),
    );
    await index(runner, 'account_creations', ['account_id']);
    await index(runner, 'account_creations', ['created_at']);
  }
}
