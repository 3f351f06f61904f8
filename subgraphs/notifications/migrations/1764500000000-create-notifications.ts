import {
  belongsTo,
  columnsFor,
  index,
  Migration,
  type QueryRunner,
  Table,
  uniqueIndex,
} from '../../../platform/database/migration';

/** Notifications with their attempts, templates, recipients and the dev mailbox. */
export class CreateNotifications1764500000000 extends Migration {
  async up(runner: QueryRunner): Promise<void> {
    await createNotifications(runner);
    await createTemplates(runner);
    const { id, text, boolean, instant } = columnsFor(runner);
    await runner.createTable(
      new Table({
        name: 'recipients',
        columns: [
          id('user_id'),
          text('email', { nullable: true }),
          boolean('is_active'),
          instant('erased_at', { nullable: true }),
        ],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'mailbox_messages',
        columns: [
          id(),
          text('user_id', { nullable: true }),
          text('channel'),
          text('recipient'),
          text('subject', { nullable: true }),
          text('message'),
          instant('caught_at'),
        ],
      }),
    );
    await index(runner, 'mailbox_messages', ['caught_at', 'id']);
  }
}

async function createNotifications(runner: QueryRunner): Promise<void> {
  const { id, text, integer, boolean, instant } = columnsFor(runner);
  await runner.createTable(
    new Table({
      name: 'notifications',
      columns: [
        id(),
        text('request_id'),
        text('caller_id'),
        text('channel'),
        text('user_id', { nullable: true }),
        text('recipient'),
        text('template_id', { nullable: true }),
        integer('template_version', { nullable: true }),
        integer('priority'),
        text('message', { nullable: true }),
        boolean('is_secret'),
        text('status'),
        instant('scheduled_at', { nullable: true }),
        instant('due_at', { nullable: true }),
        text('lease', { nullable: true }),
        integer('attempts'),
        instant('expires_at', { nullable: true }),
        instant('created_at'),
        instant('sent_at', { nullable: true }),
      ],
    }),
  );
  await index(runner, 'notifications', ['priority', 'due_at', 'id'], "status = 'pending'");
  await index(runner, 'notifications', ['user_id', 'id']);
  await index(runner, 'notifications', ['recipient', 'id']);
  await index(runner, 'notifications', ['status', 'id']);
  await index(runner, 'notifications', ['request_id']);
  await runner.createTable(
    new Table({
      name: 'attempts',
      columns: [
        id(),
        text('notification_id'),
        text('provider'),
        instant('at'),
        text('status'),
        text('error', { nullable: true }),
      ],
      foreignKeys: [belongsTo('notification_id', 'notifications')],
    }),
  );
  await index(runner, 'attempts', ['notification_id', 'id']);
  await runner.createTable(
    new Table({
      name: 'send_requests',
      columns: [id(), text('caller_id'), text('key_hash'), text('fingerprint'), instant('created_at')],
    }),
  );
  await uniqueIndex(runner, 'send_requests', ['caller_id', 'key_hash']);
  await index(runner, 'send_requests', ['created_at']);
}

async function createTemplates(runner: QueryRunner): Promise<void> {
  const { id, text, integer, instant, json } = columnsFor(runner);
  await runner.createTable(
    new Table({
      name: 'templates',
      columns: [
        id(),
        text('name'),
        text('channel'),
        integer('version'),
        instant('created_at'),
        instant('updated_at'),
        instant('deleted_at', { nullable: true }),
      ],
    }),
  );
  await uniqueIndex(runner, 'templates', ['name'], 'deleted_at IS NULL');
  await runner.createTable(
    new Table({
      name: 'template_versions',
      columns: [
        text('template_id', { primary: true }),
        integer('version', { primary: true }),
        json('variables'),
        json('texts'),
      ],
      foreignKeys: [belongsTo('template_id', 'templates')],
    }),
  );
}
