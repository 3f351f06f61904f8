/**
 * The terms of a word in the inverted indexes of the databases (PostgreSQL's GIN, SQLite's FTS5): its trigrams, and its
 * deletion neighbourhood, which is the word without each one of its letters. Two words that are one typo apart (an
 * insertion, deletion, substitution or transposition) share a term of this neighbourhood, which is rarer than a trigram
 * (symmetric delete algorithm, https://github.com/wolfgarbe/SymSpell). The column of the terms is named `marks`.
 */

/** Words of three letters match with one missing letter, words of four and more letters with any one typo. */
const shortestTypo = 3;
/** Words of ten and more letters match with two typos. */
const shortestTwoTypos = 10;

/** The number of typos with which a word of this length matches. */
export function typosAllowed(letters: number): 0 | 1 | 2 {
  if (letters < shortestTypo) return 0;
  return letters < shortestTwoTypos ? 1 : 2;
}

/** Sets of terms, of which a word must have at least one complete set. */
export type Alternatives = string[][];

/** All terms of a word, without duplicates. */
export function indexTermsOf(word: string): string[] {
  const letters = [...word];
  return [
    ...new Set([
      term(`^${letters[0]}`),
      ...trigrams(['^', ...letters, '$']),
      term(`~${word}`),
      ...deletionNeighbourhood(letters),
    ]),
  ];
}

/** The terms of words that begin with this prefix. */
export function prefixTerms(word: string): Alternatives {
  const letters = [...word];
  return [letters.length === 1 ? [term(`^${word}`)] : trigrams(['^', ...letters])];
}

/** The terms of words that contain this word, or differ from it by the allowed typos. */
export function similarTerms(word: string): Alternatives {
  const letters = [...word];
  const allowed = typosAllowed(letters.length);
  if (allowed === 0) return prefixTerms(word);
  const alternatives = [trigrams(letters), [term(`~${word}`)]];
  if (letters.length > shortestTypo) alternatives.push(...deletionNeighbourhood(letters).map(rest => [rest]));
  if (allowed === 2) alternatives.push(...unchangedPairs(['^', ...letters, '$']));
  return alternatives;
}

/** Two typos leave at least two of four pieces unchanged. */
function unchangedPairs(letters: string[]): Alternatives {
  const pieces = [0, 1, 2, 3].map(piece =>
    trigrams(
      letters.slice(Math.floor((piece * letters.length) / 4), Math.floor(((piece + 1) * letters.length) / 4)),
    ),
  );
  return pieces.flatMap((piece, at) => pieces.slice(at + 1).map(other => [...piece, ...other]));
}

function trigrams(letters: string[]): string[] {
  return letters.slice(2).map((last, at) => term(`${letters[at]}${letters[at + 1]}${last}`));
}

function deletionNeighbourhood(letters: string[]): string[] {
  return letters.map((_, at) => term(`~${[...letters.slice(0, at), ...letters.slice(at + 1)].join('')}`));
}

/**
 * A term as a hash of a-z and 0-9 (FNV-1a, 32 bits), because every tokenizer reads it in the same way for any script. A
 * collision brings a candidate that the ranking rejects.
 */
function term(text: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return (hash >>> 0).toString(36);
}
