import { columnsFor, index, Migration, type QueryRunner, Table } from '../../../platform/database/migration';

/** The health of the watched servers, their metrics, and the lease of the instance that watches. */
export class CreateWatch1764620000000 extends Migration {
  async up(runner: QueryRunner): Promise<void> {
    const { id, text, integer, instant, bigCount } = columnsFor(runner);
    const double = (name: string, isNullable = false) => ({ name, type: 'double precision', isNullable });
    const primary = { primary: true };
    const tables = [
      new Table({
        name: 'leases',
        columns: [id('name'), text('holder'), instant('expires_at')],
      }),
      new Table({
        name: 'service_health',
        columns: [
          id('service'),
          text('status'),
          instant('since'),
          instant('checked_at'),
          double('response_ms', true),
          integer('contradictions'),
          text('error', { nullable: true }),
        ],
      }),
      new Table({
        name: 'health_changes',
        columns: [id(), text('service'), text('status'), instant('at'), text('error', { nullable: true })],
      }),
      new Table({
        name: 'health_buckets',
        columns: [text('service', primary), instant('at', primary), bigCount('ok'), bigCount('failed')],
      }),
      new Table({
        name: 'samples',
        columns: [
          text('service', primary),
          text('metric', primary),
          integer('resolution', primary),
          instant('at', primary),
          double('value'),
        ],
      }),
    ];
    for (const table of tables) await runner.createTable(table);
    await index(runner, 'health_changes', ['service', 'id']);
    await index(runner, 'health_changes', ['at']);
    await index(runner, 'health_buckets', ['at']);
    await index(runner, 'samples', ['resolution', 'at']);
  }
}
