/**
 * Normalises and tokenises text for search. Both databases store the result and compare it byte by byte, so that they need no
 * rules of their own: PostgreSQL's pg_trgm and unaccent depend on the server's locale (ASCII only under `LC_CTYPE=C`),
 * and SQLite has no such rules.
 */

/** ASCII spellings of letters that Unicode does not decompose. */
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

/** Diacritics that are removed. Those of Kana and of Indic scripts make another letter and stay. */
const accents =
  /(?=\p{Mn})(?![\u3099\u309a])[\p{Script=Inherited}\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Hebrew}\p{Script=Arabic}]/gu;

/** Characters inside of words: apostrophes, format characters and emoji skin tones. */
const joints = /['’‘ʼ`´\p{Cf}]|[\u{1f3fb}-\u{1f3ff}]/gu;

const wordPattern = /[\p{L}\p{N}\p{M}]+|\p{So}/gu;

/** Scripts without spaces between words: a name may begin at any character. */
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
const familyNameFirst = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;

/** In code points; a longer word is indexed by its beginning. */
const longestWord = 40;
const longestWhole = 254;
/** The longest name in a script without spaces. */
const longestName = 10;

/** Removes case, accents and compatibility forms (Unicode NFKD): `Łódź`, `ŁÓDŹ` and `Lodz` become equal. */
export function fold(text: string): string {
  return text
    .replace(joints, '')
    .normalize('NFKD')
    .toLowerCase()
    .replace(accents, '')
    .replace(spelled, letter => spellings[letter]!)
    .replace(joints, '');
}

/** The folded words of a text in their order. Other characters than letters and digits separate them; a symbol is a word. */
export function wordsOf(text: string): string[] {
  return (fold(text).match(wordPattern) ?? []).map(word => beginning(word, longestWord));
}

/** The folded text with its punctuation, such as a username or an email address. */
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
  /** The whole username. */
  username: string;
  /** Found by prefix, by part and with typos. */
  words: string[];
  /** Found by prefix only: the username, the email address and its domain with punctuation, and joined names. */
  wholes: string[];
}

/** The searchable texts of a user, without duplicates. */
export function searchableTextOf({ username, email, firstName, lastName }: Searched): SearchText {
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

/** The endings of a word at which a name may begin; only in the first characters. */
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
