import {
  belongsTo,
  columnsFor,
  index,
  Migration,
  type QueryRunner,
  Table,
  TableColumn,
} from '../../../platform/database/migration';

/** Links that are mailed to an account's owner, and when one last came back. */
export class CreateAccountTokens1764300000000 extends Migration {
  async up(runner: QueryRunner): Promise<void> {
    const { id, text, instant } = columnsFor(runner);
    await runner.addColumn('accounts', new TableColumn(instant('email_verified_at', { nullable: true })));
    await runner.createTable(
      new Table({
        name: 'account_tokens',
        columns: [
          id(),
          text('account_id'),
          text('purpose'),
          text('email_key'),
          text('token_hash', { unique: true }),
          instant('expires_at'),
        ],
        foreignKeys: [belongsTo('account_id', 'accounts')],
      }),
    );
    await index(runner, 'account_tokens', ['account_id', 'purpose', 'id']);
    await index(runner, 'account_tokens', ['expires_at']);
  }
}
