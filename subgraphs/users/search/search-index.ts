import type { EntityManager } from 'typeorm';
import type { Database } from '../../../platform/database/database';
import type { Transaction } from '../../../platform/database/transaction';
import { SearchEntryRow, SearchWordRow } from '../tables';
import { indexTermsOf } from './index-terms';
import { type Searched, searchableTextOf } from './tokenizer';

/** Replaces the search index entries of a user. Call it in every transaction that writes the names of a profile. */
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

/** Inserts the entries of any number of profiles in two statements; a migration uses it as well. */
export async function insertSearchText(
  kind: Database['kind'],
  manager: Pick<EntityManager, 'query'>,
  profiles: readonly (Searched & { userId: string })[],
): Promise<void> {
  const entries: [userId: string, words: string, terms: string][] = [];
  const words: [userId: string, word: string][] = [];
  for (const profile of profiles) {
    const { userId } = profile;
    const text = searchableTextOf(profile);
    const all = [...text.words, ...text.wholes];
    const terms = new Set(text.words.flatMap(indexTermsOf));
    entries.push([userId, [text.username, ...all].join(' '), [...terms].join(' ')]);
    words.push(...all.map((word): [string, string] => [userId, word]));
  }
  const [from, at, termsCast] =
    kind === 'postgres'
      ? ['json_array_elements($1::json) AS row', (n: number) => `row->>${n}`, '::tsvector']
      : ['json_each(?)', (n: number) => `value->>${n}`, ''];
  await manager.query(
    `INSERT INTO search_entries (user_id, words, marks) SELECT ${at(0)}, ${at(1)}, (${at(2)})${termsCast} FROM ${from}`,
    [JSON.stringify(entries)],
  );
  await manager.query(`INSERT INTO search_words (user_id, word) SELECT ${at(0)}, ${at(1)} FROM ${from}`, [
    JSON.stringify(words),
  ]);
}
