import { type TableColumnOptions, TableForeignKey } from 'typeorm';
import { columnsFor, index, Migration, type QueryRunner, Table } from '../../../platform/database/migration';
import { insertSearchText } from '../search/search-index';

/** How many profiles are read at once. */
const batch = 500;

/**
 * What users are found by, of those who are there already as well. The previous release does not write it: whom it
 * registers or renames is found once the profile is changed again.
 */
export class SearchUsers1764000000002 extends Migration {
  async up(runner: QueryRunner): Promise<void> {
    const { counter, text } = columnsFor(runner);
    const kind = runner.dataSource.options.type === 'postgres' ? 'postgres' : 'sqlite';
    const marks: TableColumnOptions =
      kind === 'postgres' ? { name: 'marks', type: 'tsvector', isNullable: false } : text('marks');
    await runner.createTable(
      new Table({
        name: 'search_entries',
        columns: [counter('id'), text('user_id', { unique: true }), text('words'), marks],
        foreignKeys: [ofProfile()],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'search_words',
        withoutRowid: true,
        columns: [text('user_id', { primary: true }), text('word', { primary: true })],
        foreignKeys: [ofProfile()],
      }),
    );
    if (kind === 'sqlite') await followEntries(runner);
    for (let after = ''; ; ) {
      const profiles: Profile[] = await runner.query(
        `SELECT user_id AS "userId", username, email, first_name AS "firstName", last_name AS "lastName"
         FROM profiles WHERE user_id > ${kind === 'postgres' ? '$1' : '?'} ORDER BY user_id LIMIT ${batch}`,
        [after],
      );
      if (profiles.length > 0) await insertSearchText(kind, runner.manager, profiles);
      if (profiles.length < batch) break;
      after = profiles.at(-1)!.userId;
    }
    // After the rows: an index is built faster than it grows.
    await index(runner, 'search_words', ['word', 'user_id']);
    if (kind === 'postgres') {
      // Without fastupdate a search never reads a list of rows that are not in the index yet.
      await runner.query(
        'CREATE INDEX "ix__search_entries__marks" ON search_entries USING gin (marks) WITH (fastupdate = off)',
      );
      await runner.query('ANALYZE search_entries, search_words');
      // PostgreSQL cannot know how rare marks are that it has not seen: left to itself it reads the whole table for some.
      await runner.query(`CREATE FUNCTION search_candidates(sought tsquery, most integer)
        RETURNS TABLE (user_id text, words text) LANGUAGE sql STABLE
        SET enable_seqscan = off SET enable_indexscan = off AS $$
          SELECT user_id, words FROM search_entries WHERE marks @@ sought ORDER BY user_id LIMIT most
        $$`);
    }
  }
}

interface Profile {
  userId: string;
  username: string;
  email: string;
  firstName: string | null;
  lastName: string | null;
}

function ofProfile(): TableForeignKey {
  return new TableForeignKey({
    columnNames: ['user_id'],
    referencedTableName: 'profiles',
    referencedColumnNames: ['user_id'],
    onDelete: 'CASCADE',
  });
}

/** SQLite's inverted index keeps no rows of its own; entries are written and removed, never changed. */
async function followEntries(runner: QueryRunner): Promise<void> {
  await runner.query(
    `CREATE VIRTUAL TABLE search_marks USING fts5(
      marks, content = 'search_entries', content_rowid = 'id', tokenize = 'ascii', detail = 'none')`,
  );
  await runner.query(`CREATE TRIGGER search_entries_inserted AFTER INSERT ON search_entries BEGIN
    INSERT INTO search_marks (rowid, marks) VALUES (new.id, new.marks);
  END`);
  await runner.query(`CREATE TRIGGER search_entries_deleted AFTER DELETE ON search_entries BEGIN
    INSERT INTO search_marks (search_marks, rowid, marks) VALUES ('delete', old.id, old.marks);
  END`);
}
