import {
  belongsTo,
  columnsFor,
  index,
  Migration,
  type QueryRunner,
  Table,
  uniqueIndex,
} from '../../../platform/migration';

/** Accounts, their sessions, what slows guessing down, and the keys that sign tokens. */
export class CreateAccounts1764000000000 extends Migration {
  async up(runner: QueryRunner): Promise<void> {
    const { id, text, instant, integer, boolean, json } = columnsFor(runner);
    await runner.createTable(
      new Table({
        name: 'accounts',
        columns: [
          id(),
          text('username'),
          text('username_key'),
          text('email'),
          text('email_key'),
          text('password_hash'),
          boolean('is_active'),
          instant('created_at'),
          instant('last_login', { nullable: true }),
          json('roles'),
          json('permissions'),
          instant('access_changed_at', { nullable: true }),
          boolean('is_administrator'),
        ],
      }),
    );
    await uniqueIndex(runner, 'accounts', ['username_key']);
    await uniqueIndex(runner, 'accounts', ['email_key']);
    await index(runner, 'accounts', ['access_changed_at']);
    await index(runner, 'accounts', ['id'], 'is_administrator');
    await runner.createTable(
      new Table({
        name: 'sessions',
        columns: [
          id(),
          text('account_id'),
          integer('generation'),
          instant('rotated_at'),
          instant('created_at'),
          instant('last_seen_at'),
          instant('expires_at'),
          instant('revoked_at', { nullable: true }),
          text('address'),
          text('user_agent'),
        ],
        foreignKeys: [belongsTo('account_id', 'accounts')],
      }),
    );
    await index(runner, 'sessions', ['account_id', 'created_at']);
    await index(runner, 'sessions', ['expires_at']);
    await index(runner, 'sessions', ['revoked_at']);
    await runner.createTable(
      new Table({
        name: 'login_throttles',
        columns: [id(), integer('failures'), instant('blocked_until'), instant('updated_at')],
      }),
    );
    await index(runner, 'login_throttles', ['updated_at']);
    await runner.createTable(
      new Table({
        name: 'signing_keys',
        columns: [
          id(),
          integer('sequence', { unique: true }),
          json('public_jwk'),
          text('private_key'),
          instant('signs_from'),
        ],
      }),
    );
    await runner.createTable(new Table({ name: 'secrets', columns: [id(), text('value')] }));
  }
}
