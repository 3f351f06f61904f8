import { TableForeignKey } from 'typeorm';
import {
  belongsTo,
  columnsFor,
  index,
  Migration,
  type QueryRunner,
  Table,
} from '../../../platform/database/migration';

/** Profiles, roles and who holds them; and the two roles that every installation has. */
export class CreateUsers1764000000001 extends Migration {
  async up(runner: QueryRunner): Promise<void> {
    const { id, text, integer, instant, json, boolean } = columnsFor(runner);
    await runner.createTable(
      new Table({
        name: 'profiles',
        columns: [
          id(),
          text('user_id', { unique: true }),
          text('username'),
          text('username_key'),
          text('email'),
          boolean('is_active'),
          instant('created_at'),
          text('first_name', { nullable: true }),
          text('last_name', { nullable: true }),
          text('phone', { nullable: true }),
          text('avatar_url', { nullable: true }),
          json('metadata', { default: '{}' }),
          integer('version', { default: 1 }),
          instant('updated_at'),
        ],
      }),
    );
    // One index for each order of the list, with and without the filter on `is_active`.
    await index(runner, 'profiles', ['created_at', 'user_id']);
    await index(runner, 'profiles', ['username_key', 'user_id']);
    await index(runner, 'profiles', ['is_active', 'created_at', 'user_id']);
    await index(runner, 'profiles', ['is_active', 'username_key', 'user_id']);

    await runner.createTable(
      new Table({
        name: 'roles',
        columns: [
          id(),
          text('name', { unique: true }),
          text('description', { default: '' }),
          json('permissions', { default: '[]' }),
          boolean('is_system', { default: false }),
          integer('version', { default: 1 }),
        ],
      }),
    );

    await runner.createTable(
      new Table({
        name: 'role_assignments',
        columns: [
          text('user_id', { primary: true }),
          text('role_id', { primary: true }),
          instant('created_at'),
          text('username_key'),
          instant('assigned_at'),
          text('assigned_by', { nullable: true }),
        ],
        foreignKeys: [
          new TableForeignKey({
            columnNames: ['user_id'],
            referencedTableName: 'profiles',
            referencedColumnNames: ['user_id'],
            onDelete: 'CASCADE',
          }),
          belongsTo('role_id', 'roles', 'RESTRICT'),
        ],
      }),
    );
    await index(runner, 'role_assignments', ['role_id', 'created_at', 'user_id']);
    await index(runner, 'role_assignments', ['role_id', 'username_key', 'user_id']);

    await runner.query(`INSERT INTO roles (id, name, description, permissions, is_system, version) VALUES
      ('0193b3a0-0000-7000-8000-000000000001', 'administrator', 'May do everything', '["*"]', true, 1),
      ('0193b3a0-0000-7000-8000-000000000002', 'user', 'Everybody who registers; adds nothing to one''s own data', '[]', true, 1)`);
  }
}
