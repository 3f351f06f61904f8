import {
  belongsTo,
  columnsFor,
  index,
  Migration,
  type QueryRunner,
  Table,
  uniqueIndex,
} from '../../../platform/database/migration';

/** Where accounts are signed in from, and how much mail was asked for. */
export class KnowDevices1764310000000 extends Migration {
  async up(runner: QueryRunner): Promise<void> {
    const { id, text, instant, json } = columnsFor(runner);
    await runner.createTable(
      new Table({
        name: 'known_devices',
        columns: [id(), text('account_id'), text('device'), text('network'), instant('last_seen_at')],
        foreignKeys: [belongsTo('account_id', 'accounts')],
      }),
    );
    await uniqueIndex(runner, 'known_devices', ['account_id', 'device', 'network']);
    await index(runner, 'known_devices', ['last_seen_at']);
    await runner.createTable(
      new Table({
        name: 'mail_limits',
        columns: [text('key', { primary: true }), json('sent_at'), instant('updated_at')],
      }),
    );
    await index(runner, 'mail_limits', ['updated_at']);
    // An auditor asks for one type over all accounts.
    await index(runner, 'security_events', ['type', 'id']);
  }
}
