import fc from 'fast-check';
import { indexTermsOf, prefixTerms, similarTerms, typosAllowed } from './index-terms';
import { distance, ranked } from './ranking';
import { fold, searchableTextOf, wordsOf } from './tokenizer';

const word = fc
  .array(fc.constantFrom(...'abcdeimno', 'я', '明', '🦄'), { minLength: 1, maxLength: 14 })
  .map(letters => letters.join(''));

/** A word and what becomes of it by so many typing mistakes, none of which touches what another one did. */
const mistyped = fc
  .tuple(word, fc.constantFrom('add', 'drop', 'replace', 'swap'), fc.nat(), fc.constantFrom(...'xyz'))
  .map(([right, mistake, where, letter]) => {
    const letters = [...right];
    const at = where % letters.length;
    if (mistake === 'add') letters.splice(at, 0, letter);
    if (mistake === 'drop') letters.splice(at, 1);
    if (mistake === 'replace') letters[at] = letter;
    if (mistake === 'swap') letters.splice(at, 2, ...letters.slice(at, at + 2).reverse());
    return [right, letters.join('')] as const;
  });

const has = (terms: string[], alternatives: string[][]) =>
  alternatives.some(all => all.every(term => terms.includes(term)));

describe('The index terms of a word', () => {
  it('are found by every beginning of it', () => {
    fc.assert(
      fc.property(word, fc.nat(), (right, length) => {
        const beginning = [...right].slice(0, 1 + (length % [...right].length)).join('');
        expect(has(indexTermsOf(right), prefixTerms(beginning))).toBe(true);
      }),
    );
  });

  it('are found by every part of it of three letters and more', () => {
    fc.assert(
      fc.property(word, fc.nat(), fc.nat(), (right, from, length) => {
        const letters = [...right];
        const at = from % letters.length;
        const part = letters.slice(at, at + 3 + (length % letters.length));
        fc.pre(part.length >= 3);
        expect(has(indexTermsOf(right), similarTerms(part.join('')))).toBe(true);
      }),
    );
  });

  it('are found by the word with any one mistake, if it has four letters then', () => {
    fc.assert(
      fc.property(mistyped, ([right, wrong]) => {
        fc.pre([...wrong].length >= 4);
        expect(has(indexTermsOf(right), similarTerms(wrong))).toBe(true);
        const candidate = { userId: '1', username: '1', words: [right] };
        expect(ranked({ words: [wrong], whole: undefined }, [candidate])).toHaveLength(1);
      }),
    );
  });

  it('are found by a long word with two letters replaced', () => {
    fc.assert(
      fc.property(word, fc.nat(), fc.nat(), (right, one, other) => {
        const letters = [...right];
        fc.pre(letters.length >= 10);
        letters[one % letters.length] = 'x';
        letters[other % letters.length] = 'y';
        expect(has(indexTermsOf(right), similarTerms(letters.join('')))).toBe(true);
      }),
    );
  });
});

describe('The distance of two words', () => {
  it.each([
    ['', '', 0],
    ['john', 'john', 0],
    ['john', 'jhon', 1],
    ['john', 'joh', 1],
    ['john', 'johnn', 1],
    ['john', 'jogn', 1],
    ['john', 'jgoh', 2],
    ['ab', 'ba', 1],
  ])('of %j and %j is %i', (left, right, mistakes) => {
    expect(distance([...left], [...right], 2)).toBe(mistakes);
    expect(distance([...right], [...left], 2)).toBe(mistakes);
  });

  it('is no more than the mistakes that were made, whichever bound is asked for', () => {
    fc.assert(
      fc.property(mistyped, ([right, wrong]) => {
        const exact = distance([...right], [...wrong], 50);
        expect(exact).toBeLessThanOrEqual(1);
        expect(distance([...right], [...wrong], 1)).toBe(exact);
      }),
    );
  });

  it('says only that it is too far where it is', () => {
    fc.assert(
      fc.property(word, word, fc.constantFrom(1, 2), (left, right, most) => {
        const exact = distance([...left], [...right], 50);
        const bounded = distance([...left], [...right], most);
        if (exact <= most) expect(bounded).toBe(exact);
        else expect(bounded).toBeGreaterThan(most);
      }),
    );
  });

  it('forgives nothing in two letters, one mistake in three, two in ten', () => {
    expect([1, 2, 3, 9, 10, 40].map(typosAllowed)).toEqual([0, 0, 1, 1, 2, 2]);
  });
});

describe('Folding', () => {
  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), text => {
        expect(wordsOf(wordsOf(text).join(' '))).toEqual(wordsOf(text));
      }),
    );
  });

  it('does not depend on how a text is composed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), text => {
        expect(fold(text.normalize('NFD'))).toBe(fold(text.normalize('NFC')));
      }),
    );
  });

  it('keeps what a user can be found by small, whatever the names are', () => {
    for (const name of [
      '李'.repeat(100),
      'が'.repeat(100),
      'a '.repeat(50),
      '\ufdfa'.repeat(100),
      '🦄'.repeat(50),
    ]) {
      const text = searchableTextOf({ username: 'u', email: 'u@x', firstName: name, lastName: name });
      const marks = new Set(text.words.flatMap(indexTermsOf));
      expect(text.words.length + text.wholes.length).toBeLessThan(200);
      expect(marks.size).toBeLessThan(2_000);
      expect([...text.words, ...text.wholes].every(each => Buffer.byteLength(each) <= 1_016)).toBe(true);
    }
  });
});
