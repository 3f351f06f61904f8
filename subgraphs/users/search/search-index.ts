import type { EntityManager } from 'typeorm';
import type { Database, Transaction } from '../../../platform/database/database';
import { SearchEntryRow, SearchWordRow } from '../tables';
import { marksOf } from './index-terms';
import { type Searched, searchTextOf } from './tokenizer';

/** Makes a user found by what the profile says now, and by nothing else. Call it where a profile's names are written. */
export async function indexForSearch(
  db: Database,
  tx: Transaction,
  profile: Searched & { userId: string },
): Promise<void> {
  const { userId } = profile;
  await tx.manager.delete(SearchWordRow, { userId });
  await tx.manager.delete(SearchEntryRow, { userId });
  await insertSearchText(db.kind, tx.manager, [profile]);
}

/** In two statements, however many they are: also what a migration fills the index with. */
export async function insertSearchText(
  kind: Database['kind'],
  manager: Pick<EntityManager, 'query'>,
  profiles: readonly (Searched & { userId: string })[],
): Promise<void> {
  const entries: [userId: string, words: string, marks: string][] = [];
  const words: [userId: string, word: string][] = [];
  for (const profile of profiles) {
    const { userId } = profile;
    const text = searchTextOf(profile);
    const all = [...text.words, ...text.wholes];
    const marks = new Set(text.words.flatMap(marksOf));
    entries.push([userId, [text.username, ...all].join(' '), [...marks].join(' ')]);
    words.push(...all.map((word): [string, string] => [userId, word]));
  }
  const [from, at, asMarks] =
    kind === 'postgres'
      ? ['json_array_elements($1::json) AS row', (n: number) => `row->>${n}`, '::tsvector']
      : ['json_each(?)', (n: number) => `value->>${n}`, ''];
  await manager.query(
    `INSERT INTO search_entries (user_id, words, marks) SELECT ${at(0)}, ${at(1)}, (${at(2)})${asMarks} FROM ${from}`,
    [JSON.stringify(entries)],
  );
  await manager.query(`INSERT INTO search_words (user_id, word) SELECT ${at(0)}, ${at(1)} FROM ${from}`, [
    JSON.stringify(words),
  ]);
}
