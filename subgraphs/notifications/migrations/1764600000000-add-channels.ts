import {
  columnsFor,
  index,
  Migration,
  type QueryRunner,
  Table,
  uniqueIndex,
} from '../../../platform/database/migration';

/** The inbox, push, webhooks and the preferences of users. */
export class AddChannels1764600000000 extends Migration {
  async up(runner: QueryRunner): Promise<void> {
    // TypeORM's addColumn copies the whole table on SQLite.
    for (const column of [
      "category text NOT NULL DEFAULT 'general'",
      'reason text',
      'read_at bigint',
      'archived_at bigint',
    ])
      await runner.query(`ALTER TABLE notifications ADD COLUMN ${column}`);
    const isInInbox = "channel = 'in_app' AND status = 'sent' AND archived_at IS NULL";
    await index(runner, 'notifications', ['user_id', 'sent_at', 'id'], isInInbox);
    await index(runner, 'notifications', ['user_id', 'read_at'], `${isInInbox} AND read_at IS NULL`);

    const { id, text, instant, json } = columnsFor(runner);
    await runner.createTable(
      new Table({
        name: 'preferences',
        columns: [
          id('user_id'),
          json('switches'),
          json('quiet_hours', { nullable: true }),
          instant('updated_at'),
        ],
      }),
    );
    await runner.createTable(
      new Table({ name: 'unsubscribed_addresses', columns: [id(), instant('created_at')] }),
    );
    await runner.createTable(
      new Table({
        name: 'push_subscriptions',
        columns: [id(), text('user_id'), text('endpoint_hash'), text('target'), instant('created_at')],
      }),
    );
    await uniqueIndex(runner, 'push_subscriptions', ['endpoint_hash']);
    await index(runner, 'push_subscriptions', ['user_id', 'id']);
    await runner.createTable(
      new Table({
        name: 'webhook_endpoints',
        columns: [id(), text('owner_id'), text('url'), text('secrets'), instant('created_at')],
      }),
    );
    await index(runner, 'webhook_endpoints', ['owner_id', 'id']);
  }
}
