import {
  belongsTo,
  columnsFor,
  index,
  Migration,
  type QueryRunner,
  Table,
} from '../../../platform/database/migration';

/** Second factors, the codes that stand in for a lost one, and sign-ins that wait for theirs. */
export class CreateTotp1764320000000 extends Migration {
  async up(runner: QueryRunner): Promise<void> {
    const { id, text, instant, bigCount } = columnsFor(runner);
    await runner.createTable(
      new Table({
        name: 'totp_factors',
        columns: [
          id(),
          text('account_id', { unique: true }),
          text('secret'),
          instant('created_at'),
          instant('confirmed_at', { nullable: true }),
          bigCount('last_used_step', { nullable: true }),
        ],
        foreignKeys: [belongsTo('account_id', 'accounts')],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'recovery_codes',
        columns: [text('hash', { primary: true }), text('account_id'), instant('created_at')],
        foreignKeys: [belongsTo('account_id', 'accounts')],
      }),
    );
    await index(runner, 'recovery_codes', ['account_id']);

    await runner.createTable(
      new Table({
        name: 'login_challenges',
        columns: [
          text('hash', { primary: true }),
          text('account_id'),
          text('factor_id'),
          text('password_mark'),
          instant('created_at'),
          instant('expires_at'),
        ],
        foreignKeys: [belongsTo('account_id', 'accounts'), belongsTo('factor_id', 'totp_factors')],
      }),
    );
    await index(runner, 'login_challenges', ['account_id']);
    await index(runner, 'login_challenges', ['factor_id']);
    await index(runner, 'login_challenges', ['expires_at']);
  }
}
