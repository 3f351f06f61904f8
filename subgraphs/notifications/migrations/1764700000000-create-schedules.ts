import { columnsFor, index, Migration, type QueryRunner, Table } from '../../../platform/database/migration';

/** Notifications that recur. */
export class CreateSchedules1764700000000 extends Migration {
  async up(runner: QueryRunner): Promise<void> {
    const { id, text, integer, instant } = columnsFor(runner);
    await runner.createTable(
      new Table({
        name: 'notification_schedules',
        columns: [
          id(),
          text('caller_id'),
          text('input'),
          text('starts_at'),
          text('time_zone'),
          text('rule'),
          instant('next_at', { nullable: true }),
          integer('sent'),
          instant('created_at'),
          instant('cancelled_at', { nullable: true }),
        ],
      }),
    );
    await index(runner, 'notification_schedules', ['next_at', 'id'], 'next_at IS NOT NULL');
    await index(runner, 'notification_schedules', ['caller_id', 'id']);
  }
}
