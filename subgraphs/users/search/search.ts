import { createHash } from 'node:crypto';
import type { Database } from '../../../platform/database/database';
import {
  type OrderKey,
  type Page,
  type PageRequest,
  pageOf,
  pageSize,
  readCursor,
  writeCursor,
} from '../../../platform/database/page';
import { invalid } from '../../../platform/errors';
import type { Caller } from '../../../platform/security/caller';
import { unprintable } from '../input';
import { SearchEntryRow, SearchWordRow } from '../tables';
import { type Alternatives, beginningMarks, nearMarks } from './index-terms';
import { byRank, type Candidate, type Ranked, ranked, type Sought } from './ranking';
import { wholeOf, wordsOf } from './tokenizer';

const longestQuery = 254;
const mostWords = 10;

/** How many candidates one way of looking brings at most: more are not told apart by anybody who reads a list. */
const mostCandidates = 300;
/** With so many who begin with what is sought, those who only resemble it are not looked for. */
const enough = 100;

const order: OrderKey[] = [
  { property: 'score', type: 'number', direction: 'DESC' },
  { property: 'username', type: 'text', direction: 'ASC' },
  { property: 'userId', type: 'text', direction: 'ASC' },
];

/**
 * Finds users by their names, username and email address. The database brings candidates, at most some hundreds, from an
 * index; which of them match, and in what order, is decided here (ranking.ts), so that both databases answer alike.
 */
export class Search {
  constructor(private readonly db: Database) {}

  /**
   * A page of users' ids, the best first.
   *
   * @throws AppError 401 and 403 without users:read, 422 for a text, size or cursor that is not valid
   */
  async find(caller: Caller, q: string, page: PageRequest): Promise<Page<{ userId: string }>> {
    caller.require('users:read');
    const sought = soughtIn(q);
    const size = pageSize(page.first);
    const tag = createHash('sha256').update(JSON.stringify(sought)).digest('base64url');
    const after = page.after == null ? undefined : placeOf(readCursor(page.after, tag, order));
    const all = await this.rank(sought);
    const rest = after === undefined ? all : all.filter(each => byRank(each, after) > 0);
    return pageOf(rest.slice(0, size), rest.length > size, ({ score, username, userId }) =>
      writeCursor([score, username, userId], tag),
    );
  }

  private async rank(sought: Sought): Promise<Ranked[]> {
    const { words, whole } = sought;
    const candidates = new Map<string, Candidate>();
    const add = (found: Candidate[]) => {
      for (const each of found) candidates.set(each.userId, each);
    };
    if (whole !== undefined) add(await this.beginningWith(whole));
    if (words.length === 1) add(await this.beginningWith(words[0]!));
    if (words.length > 1) add(await this.marked(words.map(beginningMarks)));
    const found = ranked(sought, candidates.values());
    const isLongEnough = words.some(word => nearMarks(word).length > 1);
    if (found.length >= enough || !isLongEnough) return found;
    add(await this.marked(words.map(nearMarks)));
    return ranked(sought, candidates.values());
  }

  /** Reads the index of words in its order, the word itself first. */
  private async beginningWith(text: string): Promise<Candidate[]> {
    const rows = await this.db.read
      .createQueryBuilder(SearchEntryRow, 'entry')
      .innerJoin(SearchWordRow, 'found', 'found.userId = entry.userId')
      // The last code point there is, which is no letter, is behind everything that begins with the text.
      .where('found.word >= :from AND found.word < :to', { from: text, to: `${text}\u{10ffff}` })
      .orderBy('found.word')
      .addOrderBy('found.userId')
      .select(['entry.user_id AS "userId"', 'entry.words AS words'])
      .limit(mostCandidates)
      .getRawMany<Entry>();
    return rows.map(candidateOf);
  }

  /** Every word must have one of its alternatives. */
  private async marked(words: readonly Alternatives[]): Promise<Candidate[]> {
    const rows: Entry[] =
      this.db.kind === 'postgres'
        ? await this.db.read.query(
            'SELECT user_id AS "userId", words FROM search_candidates(CAST($1 AS tsquery), $2)',
            [expression(words, ' & ', ' | '), mostCandidates],
          )
        : await this.db.read.query(
            `SELECT user_id AS "userId", words FROM search_entries
             WHERE id IN (SELECT rowid FROM search_marks WHERE search_marks MATCH ?) ORDER BY user_id LIMIT ?`,
            [expression(words, ' AND ', ' OR '), mostCandidates],
          );
    return rows.map(candidateOf);
  }
}

interface Entry {
  userId: string;
  words: string;
}

function candidateOf({ userId, words }: Entry): Candidate {
  const [username, ...all] = words.split(' ');
  return { userId, username: username!, words: all };
}

/** Marks are made of a-z and 0-9, so neither database reads an operator in one. */
function expression(words: readonly Alternatives[], and: string, or: string): string {
  return words
    .map(alternatives => `(${alternatives.map(marks => `(${marks.join(and)})`).join(or)})`)
    .join(and);
}

/** @throws AppError 422 for what cannot be the text of a search */
function soughtIn(q: string): Sought {
  const text = q.trim();
  if (text === '') throw wrong('must not be empty');
  if (text.length > longestQuery) throw wrong(`must be at most ${longestQuery} characters`);
  if (unprintable.test(text)) throw wrong('must not hold control characters');
  const words = [...new Set(wordsOf(text))].filter(
    // Whoever has a word that begins with this one has one that begins with its beginning.
    (word, _, all) => !all.some(other => other !== word && other.startsWith(word)),
  );
  if (words.length > mostWords) throw wrong(`must be at most ${mostWords} words`);
  const whole = /\s/.test(text) ? '' : wholeOf(text).replace(/^@/, '');
  return { words, whole: whole === '' || whole === words[0] ? undefined : whole };
}

function wrong(message: string) {
  return invalid([{ field: 'q', message }]);
}

function placeOf(values: (string | number)[]): Omit<Ranked, 'words'> {
  const [score, username, userId] = values as [number, string, string];
  return { score, username, userId };
}
