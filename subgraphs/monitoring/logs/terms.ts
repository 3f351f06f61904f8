import type { LogEntry } from './log-entry';

const wordPattern = /[\p{L}\p{N}]+/gu;
const asciiWordPattern = /[a-z0-9]+/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: this is the range of ASCII
const nonAscii = /[^\x00-\x7f]/;
const maxWord = 64;
/** A shorter word of a search must be a whole word of the line: nearly every line has a word that begins with it. */
const minPrefix = 3;

/**
 * The words of a text as both databases index them: letters and digits, in lower case and without accents. The service splits texts by
 * itself, because the word breakers of SQLite and PostgreSQL differ.
 */
function wordsOf(text: string): string[] {
  const words = nonAscii.test(text)
    ? text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().match(wordPattern)
    : text.toLowerCase().match(asciiWordPattern);
  return (words ?? []).map(word => (word.length > maxWord ? word.slice(0, maxWord) : word));
}

/** The terms of a line, separated by spaces: the words of its message, its trace id, and one for each value in its metadata. */
export function termsOf({ message, traceId, leaves }: LogEntry): string {
  let terms = wordsOf(message).join(' ');
  if (traceId !== null) terms += ` ${traceId}`;
  for (const leaf of leaves) terms += ` ${leafTerm(leaf)}`;
  return terms;
}

/** A term that a search needs; `isPrefix` when the line's term may be longer. */
export interface WantedTerm {
  readonly term: string;
  readonly isPrefix: boolean;
}

export function wantedWords(text: string): WantedTerm[] {
  return wordsOf(text).map(term => ({ term, isPrefix: term.length >= minPrefix }));
}

/** Values repeat from line to line, and writing a number with base 36 takes longer than all else about a term: this halves the cost of the terms. */
const leafTerms = new Map<string, string>();
const mostLeafTerms = 10_000;

export function leafTerm(leaf: string): string {
  let term = leafTerms.get(leaf);
  if (term === undefined) {
    if (leafTerms.size >= mostLeafTerms) leafTerms.clear();
    term = hashed(leaf);
    leafTerms.set(leaf, term);
  }
  return term;
}

/** No word has a `=`, so a value is never found as a word. The hash has 52 bits (FNV-1a in two halves). */
function hashed(leaf: string): string {
  let low = 0x811c9dc5;
  let high = 0x01000193;
  for (let index = 0; index < leaf.length; index++) {
    const unit = leaf.charCodeAt(index);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul(high ^ unit, 0x85ebca6b);
  }
  return `=${((high >>> 12) * 2 ** 32 + (low >>> 0)).toString(36)}`;
}
