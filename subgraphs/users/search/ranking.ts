import { typosAllowed } from './index-terms';

/** A parsed query: all the words, or the text as a whole. */
export interface SearchQuery {
  words: readonly string[];
  /** The text with its punctuation, where it has some and no space. */
  whole: string | undefined;
}

export interface Candidate {
  userId: string;
  /** The username as a whole. */
  username: string;
  /** All searchable words of the user. */
  words: readonly string[];
}

export interface Ranked extends Candidate {
  /** Positive; more is better. */
  score: number;
}

const quality = {
  wholeUsername: 130,
  whole: 120,
  wholeBeginning: 110,
  same: 100,
  beginning: 80,
  part: 60,
  oneTypo: 40,
  twoTypos: 20,
};
/** Of two words with the same prefix the shorter one ranks higher. */
const mostLeftOver = 999;

/**
 * The candidates that match every word of the query, the best first: whole words, prefixes, parts, one typo, two typos. Ties
 * are ordered by the length of the word, the username and the age of the account.
 */
export function ranked(sought: SearchQuery, candidates: Iterable<Candidate>): Ranked[] {
  const found: Ranked[] = [];
  for (const candidate of candidates) {
    const score = scoreOf(sought, candidate);
    if (score > 0) found.push({ ...candidate, score });
  }
  return found.sort(byRank);
}

/** A comparator; negative when the left one comes first. */
export function byRank(left: Omit<Ranked, 'words'>, right: Omit<Ranked, 'words'>): number {
  if (left.score !== right.score) return right.score - left.score;
  if (left.username !== right.username) return left.username < right.username ? -1 : 1;
  return left.userId < right.userId ? -1 : left.userId > right.userId ? 1 : 0;
}

function scoreOf({ words: sought, whole }: SearchQuery, { username, words }: Candidate): number {
  const text = whole ?? (sought.length === 1 ? sought[0] : undefined);
  if (text === username) return points(quality.wholeUsername, 0);
  if (whole !== undefined) {
    const closest = best(words, word => wholeMatch(whole, word));
    if (closest.quality > 0) return points(closest.quality, closest.leftOver);
  }
  if (sought.length === 0) return 0;
  let sum = 0;
  let leftOver = 0;
  for (const each of sought) {
    const closest = best(words, word => match(each, word));
    if (closest.quality === 0) return 0;
    sum += closest.quality;
    leftOver += closest.leftOver;
  }
  return points(sum / sought.length, leftOver);
}

function points(matched: number, leftOver: number): number {
  return Math.floor(matched * 1_000) * 1_000 + mostLeftOver - Math.min(mostLeftOver, leftOver);
}

interface Match {
  quality: number;
  /** The difference in length, in code units. */
  leftOver: number;
}

const none: Match = { quality: 0, leftOver: 0 };

function best(words: readonly string[], matchOf: (word: string) => Match): Match {
  let closest = none;
  for (const word of words) {
    const each = matchOf(word);
    const isCloser =
      each.quality > closest.quality ||
      (each.quality === closest.quality && each.leftOver < closest.leftOver);
    if (isCloser) closest = each;
  }
  return closest;
}

function wholeMatch(sought: string, word: string): Match {
  if (!word.startsWith(sought)) return none;
  const leftOver = word.length - sought.length;
  return { quality: leftOver === 0 ? quality.whole : quality.wholeBeginning, leftOver };
}

function match(sought: string, word: string): Match {
  const leftOver = Math.abs(word.length - sought.length);
  if (word.startsWith(sought))
    return { quality: leftOver === 0 ? quality.same : quality.beginning, leftOver };
  const letters = [...sought];
  const allowed = typosAllowed(letters.length);
  if (allowed === 0) return none;
  if (word.includes(sought)) return { quality: quality.part, leftOver };
  const typos = distance(letters, [...word], allowed);
  if (typos > allowed) return none;
  // A word of three letters matches only with a missing letter: any other typo would match too many words.
  if (letters.length === 3 && word.length <= sought.length) return none;
  return { quality: typos === 1 ? quality.oneTypo : quality.twoTypos, leftOver };
}

/** The restricted Damerau–Levenshtein distance of two words; any number above `most` when it is larger than `most`. */
export function distance(left: readonly string[], right: readonly string[], most: number): number {
  if (Math.abs(left.length - right.length) > most) return most + 1;
  let before: number[] = [];
  let above = Array.from({ length: right.length + 1 }, (_, at) => at);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    let least = row;
    for (let column = 1; column <= right.length; column++) {
      const isSame = left[row - 1] === right[column - 1];
      let cost = Math.min(
        above[column]! + 1,
        current[column - 1]! + 1,
        above[column - 1]! + (isSame ? 0 : 1),
      );
      const isSwapped =
        row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (isSwapped) cost = Math.min(cost, before[column - 2]! + 1);
      current.push(cost);
      if (cost < least) least = cost;
    }
    // A transposition reads two rows back.
    if (least > most && Math.min(...above) > most) return most + 1;
    before = above;
    above = current;
  }
  return above[right.length]!;
}
