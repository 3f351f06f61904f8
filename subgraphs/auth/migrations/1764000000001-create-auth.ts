import {
  belongsTo,
  columnsFor,
  index,
  Migration,
  type QueryRunner,
  Table,
} from '../../../platform/database/migration';

/** Accounts, their sessions, failed sign-ins, and the keys that sign tokens. */
export class CreateAuth1764000000001 extends Migration {
  async up(runner: QueryRunner): Promise<void> {
    const { id, text, integer, instant, json, boolean } = columnsFor(runner);
    await runner.createTable(
      new Table({
        name: 'accounts',
        columns: [
          id(),
          text('username'),
          text('username_key', { unique: true }),
          text('email'),
          text('email_key', { unique: true }),
          text('password_hash'),
          boolean('is_active', { default: true }),
          boolean('is_administrator', { default: false }),
          instant('created_at'),
          instant('last_login', { nullable: true }),
          json('roles', { default: '[]' }),
          json('permissions', { default: '[]' }),
          instant('access_changed_at', { nullable: true }),
          instant('access_told_at', { nullable: true }),
          integer('version', { default: 1 }),
        ],
      }),
    );
    await index(runner, 'accounts', ['is_administrator'], 'is_administrator');
    await index(runner, 'accounts', ['access_changed_at'], 'access_changed_at IS NOT NULL');

    await runner.createTable(
      new Table({
        name: 'sessions',
        columns: [
          id(),
          text('account_id'),
          integer('generation', { default: 1 }),
          instant('created_at'),
          instant('last_seen_at'),
          instant('rotated_at', { nullable: true }),
          instant('expires_at'),
          instant('revoked_at', { nullable: true }),
          text('address'),
          text('user_agent'),
        ],
        foreignKeys: [belongsTo('account_id', 'accounts')],
      }),
    );
    await index(runner, 'sessions', ['account_id', 'last_seen_at']);
    await index(runner, 'sessions', ['expires_at']);
    await index(runner, 'sessions', ['revoked_at'], 'revoked_at IS NOT NULL');

    await runner.createTable(
      new Table({
        name: 'login_throttles',
        columns: [
          text('key', { primary: true }),
          integer('failures'),
          instant('blocked_until'),
          instant('updated_at'),
        ],
      }),
    );
    await index(runner, 'login_throttles', ['updated_at']);

    await runner.createTable(
      new Table({
        name: 'signing_keys',
        columns: [
          integer('number', { primary: true }),
          text('kid', { unique: true }),
          json('public_jwk'),
          text('private_key'),
          instant('created_at'),
          instant('signs_from'),
        ],
      }),
    );
    await runner.createTable(
      new Table({ name: 'secrets', columns: [text('name', { primary: true }), text('value')] }),
    );
  }
}
