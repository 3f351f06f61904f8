import {
  columnsFor,
  index,
  Migration,
  type QueryRunner,
  Table,
  uniqueIndex,
} from '../../../platform/database/migration';

/** Alert rules, alerts and silences. */
export class CreateAlerts1764630000000 extends Migration {
  async up(runner: QueryRunner): Promise<void> {
    const { id, text, integer, boolean, instant, bigCount, json } = columnsFor(runner);
    const optional = { nullable: true };
    const tables = [
      new Table({
        name: 'alert_rules',
        columns: [
          id(),
          text('name'),
          text('condition'),
          bigCount('for_ms'),
          bigCount('keep_firing_for_ms'),
          text('severity'),
          text('no_data'),
          json('notify'),
          boolean('is_enabled'),
          text('source'),
          instant('updated_at'),
          integer('version'),
        ],
      }),
      new Table({
        name: 'alerts',
        columns: [
          id(),
          text('rule_id'),
          text('name'),
          text('severity'),
          text('service'),
          text('state'),
          { name: 'value', type: 'double precision', isNullable: true },
          instant('pending_since'),
          instant('firing_since', optional),
          instant('held_at'),
          instant('resolved_at', optional),
          instant('notified_at', optional),
          text('acknowledged_by', optional),
          instant('acknowledged_at', optional),
        ],
      }),
      new Table({
        name: 'silences',
        columns: [
          id(),
          text('rule_id', optional),
          text('service', optional),
          text('comment'),
          text('created_by'),
          instant('starts_at'),
          instant('ends_at'),
        ],
      }),
    ];
    for (const table of tables) await runner.createTable(table);
    await uniqueIndex(runner, 'alert_rules', ['name']);
    await uniqueIndex(runner, 'alerts', ['rule_id', 'service'], "state <> 'resolved'");
    await index(runner, 'alerts', ['state', 'id']);
    await index(runner, 'alerts', ['resolved_at']);
    await index(runner, 'silences', ['ends_at']);
  }
}
