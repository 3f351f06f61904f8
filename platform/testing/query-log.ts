import { BetterSqlite3QueryRunner } from 'typeorm/driver/better-sqlite3/BetterSqlite3QueryRunner.js';
import { PostgresQueryRunner } from 'typeorm/driver/postgres/PostgresQueryRunner.js';
import { PostgresStatements } from '../database/postgres-statements';
import { SqliteStatements } from '../database/sqlite-statements';

/** Of the relay and the consumers of events, which work on their own. */
const background = /outbox|consumed_events|pg_/;

/** Records the SQL that this process sends, without that of the outbox. `jest.restoreAllMocks()` ends it. */
export function recordQueries(): string[] {
  const queries: string[] = [];
  for (const runner of [BetterSqlite3QueryRunner, PostgresQueryRunner]) {
    const query = runner.prototype.query;
    jest.spyOn(runner.prototype, 'query').mockImplementation(function (
      this: InstanceType<typeof runner>,
      ...args: Parameters<typeof query>
    ) {
      if (!background.test(args[0])) queries.push(args[0]);
      return query.apply(this, args);
    } as typeof query);
  }
  for (const statements of [SqliteStatements, PostgresStatements]) {
    const read = statements.prototype.read;
    jest.spyOn(statements.prototype, 'read').mockImplementation(function (
      this: InstanceType<typeof statements>,
      ...args: Parameters<typeof read>
    ) {
      if (!background.test(args[0])) queries.push(args[0]);
      return read.apply(this, args);
    } as typeof read);
  }
  return queries;
}
