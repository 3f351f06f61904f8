import { Migration, type QueryRunner } from '../../../platform/database/migration';

/** The lines of the log in PostgreSQL. On SQLite they are in files of their own (sqlite-logs.ts). */
export class CreateLogs1764600000000 extends Migration {
  async up(runner: QueryRunner): Promise<void> {
    if (runner.dataSource.options.type !== 'postgres') return;
    await runner.query(`
      CREATE TABLE logs (
        timestamp bigint NOT NULL,
        position bigint GENERATED ALWAYS AS IDENTITY,
        service text COLLATE "C" NOT NULL,
        level smallint NOT NULL,
        message text NOT NULL,
        trace_id text COLLATE "C",
        metadata text,
        terms tsvector NOT NULL,
        PRIMARY KEY (timestamp, position)
      ) PARTITION BY RANGE (timestamp)`);
    await runner.query('CREATE INDEX ix__logs__service ON logs (service, timestamp, position)');
    await runner.query('CREATE INDEX ix__logs__level ON logs (timestamp, position) WHERE level >= 40');
    await runner.query('CREATE INDEX ix__logs__terms ON logs USING gin (terms)');
  }
}
