/**
 * How text is made ready for search. Both databases store what is made here and compare it byte by byte, so that neither
 * brings rules of its own: how PostgreSQL's pg_trgm and unaccent read a text depends on the server's locale (under
 * `LC_CTYPE=C` they see ASCII only), and SQLite has no such rules at all.
 */

/** Letters that Unicode does not take apart, as they are written where they are not to be had. */
const spellings: Record<string, string> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ħ: 'h',
  ı: 'i',
  ŋ: 'n',
  ŧ: 't',
  ς: 'σ',
};
const spelled = new RegExp(`[${Object.keys(spellings).join('')}]`, 'g');

/** Accents, points and vowel signs above and below; those of Kana and of Indic scripts make another letter and stay. */
const accents =
  /(?=\p{Mn})(?![\u3099\u309a])[\p{Script=Inherited}\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Hebrew}\p{Script=Arabic}]/gu;

/** Apostrophes, invisible joiners and the skin tones of emoji do not part words. */
const joints = /['’‘ʼ`´\p{Cf}]|[\u{1f3fb}-\u{1f3ff}]/gu;

const wordPattern = /[\p{L}\p{N}\p{M}]+|\p{So}/gu;

/** Scripts that put no space between words: a name may begin anywhere in them. */
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
const familyNameFirst = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;

/** In code points; what is longer is known by its beginning. */
const longestWord = 40;
const longestWhole = 254;
/** Of a script without spaces. */
const longestName = 10;

/** Without case, accents and the forms of one letter: `Łódź`, `ŁÓDŹ` and `Lodz` are one (Unicode's NFKD). */
export function fold(text: string): string {
  return text
    .replace(joints, '')
    .normalize('NFKD')
    .toLowerCase()
    .replace(accents, '')
    .replace(spelled, letter => spellings[letter]!)
    .replace(joints, '');
}

/** The folded words of a text in their order; what is neither letter nor digit parts them, a symbol is one by itself. */
export function wordsOf(text: string): string[] {
  return (fold(text).match(wordPattern) ?? []).map(word => beginning(word, longestWord));
}

/** The folded text with its punctuation: a username or an email address as people type it. */
export function wholeOf(text: string): string {
  return beginning(fold(text).replace(/\s+/g, ''), longestWhole);
}

export interface Searched {
  username: string;
  email: string;
  firstName: string | null;
  lastName: string | null;
}

export interface SearchText {
  /** The username as a whole, whatever else it is made of. */
  username: string;
  /** Found by beginning, part and with typing mistakes. */
  words: string[];
  /** Found by their beginning only: username, email address and its domain as they are written, names in one. */
  wholes: string[];
}

/** What somebody can be found by; each once. */
export function searchTextOf({ username, email, firstName, lastName }: Searched): SearchText {
  const at = email.lastIndexOf('@');
  const fields = [username, firstName ?? '', lastName ?? '', email.slice(0, Math.max(at, 0))].map(wordsOf);
  const words = new Set(fields.flat());
  for (const word of [...words]) if (unspaced.test(word)) for (const rest of endings(word)) words.add(rest);
  const fullName = [...fields[2]!, ...fields[1]!].join('');
  const joined = [...fields.map(field => field.join('')), familyNameFirst.test(fullName) ? fullName : ''];
  const wholes = new Set([username, email, email.slice(at + 1), ...joined].map(wholeOf));
  return {
    username: wholeOf(username),
    words: [...words],
    wholes: [...wholes].filter(whole => whole !== '' && !words.has(whole)),
  };
}

/** A handful: what is longer than a name is no name. */
function endings(word: string): string[] {
  const letters = [...word];
  const starts = letters.slice(0, longestName).flatMap((letter, at) => {
    const isStart = at > 0 && unspaced.test(letter) && !/\p{M}/u.test(letter);
    return isStart ? [at] : [];
  });
  return starts.map(at => letters.slice(at).join(''));
}

function beginning(text: string, longest: number): string {
  return text.length <= longest ? text : [...text].slice(0, longest).join('');
}
