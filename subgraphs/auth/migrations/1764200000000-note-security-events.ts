import {
  belongsTo,
  columnsFor,
  index,
  Migration,
  type QueryRunner,
  Table,
  TableColumn,
} from '../../../platform/database/migration';

/** What happened to an account's security, and when its owner last proved who they are. */
export class NoteSecurityEvents1764200000000 extends Migration {
  async up(runner: QueryRunner): Promise<void> {
    const { id, text, instant, json } = columnsFor(runner);
    await runner.addColumn('sessions', new TableColumn(instant('authenticated_at', { nullable: true })));
    await runner.createTable(
      new Table({
        name: 'security_events',
        columns: [
          id(),
          text('account_id'),
          text('type'),
          instant('occurred_at'),
          text('actor_id', { nullable: true }),
          text('address'),
          text('user_agent'),
          text('trace_id', { nullable: true }),
          json('details', { default: '{}' }),
        ],
        foreignKeys: [belongsTo('account_id', 'accounts')],
      }),
    );
    await index(runner, 'security_events', ['account_id', 'id']);
  }
}
