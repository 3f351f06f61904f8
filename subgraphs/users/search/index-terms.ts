/**
 * A word's marks are what the databases' inverted indexes (PostgreSQL's GIN, SQLite's FTS5) know of it: its trigrams,
 * and what is left of it when one letter goes. Two words that are one typing mistake apart, be it a letter too many, one
 * missing, another one or two in the wrong order, have such a rest in common (the symmetric delete algorithm,
 * https://github.com/wolfgarbe/SymSpell), which is far rarer than a trigram they share.
 */

/** From here on one missing letter is forgiven; from four letters on any one mistake. */
const shortestTypo = 3;
/** From here on two. */
const shortestTwoTypos = 10;

/** How many mistakes are forgiven in a word of so many letters. */
export function mistakesForgiven(letters: number): 0 | 1 | 2 {
  if (letters < shortestTypo) return 0;
  return letters < shortestTwoTypos ? 1 : 2;
}

/** Any of these sets of marks must be there as a whole. */
export type Alternatives = string[][];

/** All marks of a word, each once. */
export function marksOf(word: string): string[] {
  const letters = [...word];
  return [
    ...new Set([
      mark(`^${letters[0]}`),
      ...trigrams(['^', ...letters, '$']),
      mark(`~${word}`),
      ...withoutOne(letters),
    ]),
  ];
}

/** What words that begin like this have. */
export function beginningMarks(word: string): Alternatives {
  const letters = [...word];
  return [letters.length === 1 ? [mark(`^${word}`)] : trigrams(['^', ...letters])];
}

/** What words have that hold this one, or are it but for the mistakes that are forgiven. */
export function nearMarks(word: string): Alternatives {
  const letters = [...word];
  const forgiven = mistakesForgiven(letters.length);
  if (forgiven === 0) return beginningMarks(word);
  const alternatives = [trigrams(letters), [mark(`~${word}`)]];
  if (letters.length > shortestTypo) alternatives.push(...withoutOne(letters).map(rest => [rest]));
  if (forgiven === 2) alternatives.push(...untouchedPairs(['^', ...letters, '$']));
  return alternatives;
}

/** Two mistakes leave two of four pieces as they were. */
function untouchedPairs(letters: string[]): Alternatives {
  const pieces = [0, 1, 2, 3].map(piece =>
    trigrams(
      letters.slice(Math.floor((piece * letters.length) / 4), Math.floor(((piece + 1) * letters.length) / 4)),
    ),
  );
  return pieces.flatMap((piece, at) => pieces.slice(at + 1).map(other => [...piece, ...other]));
}

function trigrams(letters: string[]): string[] {
  return letters.slice(2).map((last, at) => mark(`${letters[at]}${letters[at + 1]}${last}`));
}

function withoutOne(letters: string[]): string[] {
  return letters.map((_, at) => mark(`~${[...letters.slice(0, at), ...letters.slice(at + 1)].join('')}`));
}

/**
 * A short name of a-z and 0-9, which every tokenizer reads alike, for text of any script (FNV-1a of 32 bits). Two texts
 * of one name only bring a candidate that the ranking turns away.
 */
function mark(text: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return (hash >>> 0).toString(36);
}
