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
} from '../../../platform/database/keyset';
import { invalid } from '../../../platform/errors';
import type { Caller } from '../../../platform/security/caller';
import { unprintable } from '../input';
import { SearchEntryRow, SearchWordRow } from '../tables';
import { type Alternatives, prefixTerms, similarTerms } from './index-terms';
import { byRank, type Candidate, type Ranked, ranked, type SearchQuery } from './ranking';
import { wholeOf, wordsOf } from './tokenizer';

const longestQuery = 254;
const mostWords = 10;

/** The candidates of one index query at most; nobody reads a longer list. */
const mostCandidates = 300;
/** With so many prefix matches, similar words are not searched. */
const enough = 100;

const order: OrderKey[] = [
  { property: 'score', type: 'number', direction: 'DESC' },
  { property: 'username', type: 'text', direction: 'ASC' },
  { property: 'userId', type: 'text', direction: 'ASC' },
];

/**
 * Finds users by name, username and email address. The database returns at most some hundreds of candidates from an index;
 * ranking.ts selects and orders them, so that both databases give the same answer.
 */
export class Search {
  constructor(private readonly db: Database) {}

  /**
   * A page of users' ids, the best match first.
   *
   * @throws AppError 401, 403 without `users:read`; 422 for an invalid text, page size or cursor
   */
  async find(caller: Caller, q: string, page: PageRequest): Promise<Page<{ userId: string }>> {
    caller.require('users:read');
    const sought = parseQuery(q);
    const size = pageSize(page.first);
    const tag = createHash('sha256').update(JSON.stringify(sought)).digest('base64url');
    const after = page.after == null ? undefined : placeOf(readCursor(page.after, tag, order));
    const all = await this.rank(sought);
    const rest = after === undefined ? all : all.filter(each => byRank(each, after) > 0);
    return pageOf(rest.slice(0, size), rest.length > size, ({ score, username, userId }) =>
      writeCursor([score, username, userId], tag),
    );
  }

  private async rank(sought: SearchQuery): Promise<Ranked[]> {
    const { words, whole } = sought;
    const candidates = new Map<string, Candidate>();
    const add = (found: Candidate[]) => {
      for (const each of found) candidates.set(each.userId, each);
    };
    if (whole !== undefined) add(await this.withPrefix(whole));
    if (words.length === 1) add(await this.withPrefix(words[0]!));
    if (words.length > 1) add(await this.withTerms(words.map(prefixTerms)));
    const found = ranked(sought, candidates.values());
    const isLongEnough = words.some(word => similarTerms(word).length > 1);
    if (found.length >= enough || !isLongEnough) return found;
    add(await this.withTerms(words.map(similarTerms)));
    return ranked(sought, candidates.values());
  }

  /** Reads the index of words in its order, beginning with the exact word. */
  private async withPrefix(text: string): Promise<Candidate[]> {
    const rows = await this.db.read
      .createQueryBuilder(SearchEntryRow, 'entry')
      .innerJoin(SearchWordRow, 'found', 'found.userId = entry.userId')
      // The last code point is no letter and sorts after every word with this prefix.
      .where('found.word >= :from AND found.word < :to', { from: text, to: `${text}\u{10ffff}` })
      .orderBy('found.word')
      .addOrderBy('found.userId')
      .select(['entry.user_id AS "userId"', 'entry.words AS words'])
      .limit(mostCandidates)
      .getRawMany<Entry>();
    return rows.map(candidateOf);
  }

  /** Candidates that have one of the alternatives of every word. */
  private async withTerms(words: readonly Alternatives[]): Promise<Candidate[]> {
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

/** Terms consist of a-z and 0-9, so that neither database reads an operator in them. */
function expression(words: readonly Alternatives[], and: string, or: string): string {
  return words
    .map(alternatives => `(${alternatives.map(terms => `(${terms.join(and)})`).join(or)})`)
    .join(and);
}

/** @throws AppError 422 for an invalid text */
function parseQuery(q: string): SearchQuery {
  const text = q.trim();
  if (text === '') throw wrong('must not be empty');
  if (text.length > longestQuery) throw wrong(`must be at most ${longestQuery} characters`);
  if (unprintable.test(text)) throw wrong('must not hold control characters');
  const words = [...new Set(wordsOf(text))].filter(
    // A word is redundant when it is a prefix of another word of the query: every match of the longer one matches it too.
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
