import type { Database } from '../../../platform/database/database';
import { ProfileRow } from '../tables';

/** username, first name, last name, and the email address where it is not username@example.com. */
export const corpus: [username: string, firstName: string | null, lastName: string | null, email?: string][] =
  [
    ['ada', 'Ada', 'Lovelace', 'countess@analytical.engine'],
    ['ada_byron', 'Adelaide', 'Byron'],
    ['adam.smith', 'Adam', 'Smith'],
    ['amelie', 'Amélie', 'Poulain'],
    ['bjork', 'Björk', 'Guðmundsdóttir'],
    ['conan', "Conan O'Brien", 'Doyle'],
    ['dup-b', 'Erika', 'Mustermann'],
    ['dup-a', 'Erika', 'Mustermann'],
    ['eric', 'Eric', 'Muster'],
    ['hannah', 'Hannah', 'Arendt'],
    ['grosse', 'Karl', 'Große'],
    ['jan', 'Jan', 'Novák'],
    ['jean-luc', 'Jean-Luc', 'Picard'],
    ['john99', 'John', 'Smith'],
    ['joan', 'Joan', 'of Arc'],
    ['johnson', 'Boris', 'Johnson'],
    ['kim', '민준', '김'],
    ['lodz', 'Łukasz', 'Żółty'],
    ['ming', '小明', '李'],
    ['misaki', '美咲', '田中'],
    ['mueller', 'Jürgen', 'Müller'],
    ['olga', 'Ольга', 'Чехова'],
    ['party', 'Party🦄', '🎉'],
    ['percy', '100% Percy', null],
    ['schwarz', 'Arnold', 'Schwarzenegger'],
    ['sokrates', 'Σωκράτης', null],
    ['istanbul', 'İpek', 'ISTANBUL'],
    ['nobody', null, null],
  ];

/** What is searched for, and who is found, in this order. */
export const cases: [title: string, q: string, usernames: string[]][] = [
  ['who has the name before whose name begins like it', 'ada', ['ada', 'ada_byron', 'adam.smith']],
  ['the same in capitals', 'ADA', ['ada', 'ada_byron', 'adam.smith']],
  ['one letter, by its beginning only', 'h', ['hannah']],
  ['two letters, by their beginning only', 'lo', ['lodz', 'ada']],
  ['first and last name in either order', 'lovelace ada', ['ada']],
  ['the beginnings of both', 'lov ad', ['ada']],
  ['all words, or nobody', 'ada picard', []],
  ['part of a name', 'elace', ['ada']],
  ['a whole word before one that begins with it', 'muster', ['eric', 'dup-a', 'dup-b']],
  ['those who tie by username', 'erika mustermann', ['dup-a', 'dup-b']],
  ['two letters in the wrong order', 'jhon', ['john99']],
  ['a letter too many', 'lovellace', ['ada']],
  ['a letter missing', 'hanah', ['hannah']],
  ['another letter', 'picord', ['jean-luc']],
  ['a letter missing of four', 'jon', ['joan', 'john99']],
  ['two mistakes in a long name', 'shwarzeneger', ['schwarz']],
  ['a mistake in each of two words', 'jonh smiht', ['john99']],
  ['without accents', 'amelie', ['amelie']],
  ['with accents where there are none', 'Ädam', ['adam.smith', 'ada', 'ada_byron']],
  ['letters that Unicode does not take apart', 'lukasz zolty', ['lodz']],
  ['the same as they are written', 'ŁUKASZ', ['lodz']],
  ['ß as ss', 'grosse', ['grosse']],
  ['ß itself', 'Große', ['grosse']],
  ['eth and accents', 'gudmundsdottir', ['bjork']],
  ['an umlaut', 'muller', ['mueller']],
  ['a dotted capital I', 'ipek istanbul', ['istanbul']],
  ['an apostrophe, typed or not', 'obrien', ['conan']],
  ['an apostrophe of a phone', 'o’brien', ['conan']],
  ['a hyphen, typed or not', 'jeanluc', ['jean-luc']],
  ['a username with its punctuation first', 'ada_', ['ada_byron', 'ada', 'adam.smith']],
  ['Cyrillic', 'ольга чех', ['olga']],
  ['Cyrillic, mistyped', 'олгьа', ['olga']],
  ['Greek with its final sigma', 'ΣΩΚΡΑΤΗΣ', ['sokrates']],
  ['a Chinese name as a whole', '李小明', ['ming']],
  ['one character inside of it', '明', ['ming']],
  ['a Japanese family name by its end', '中', ['misaki']],
  ['a Korean name as a whole', '김민준', ['kim']],
  ['a Korean syllable that is not complete', '기', ['kim']],
  ['an emoji', '🦄', ['party']],
  ['a whole email address', 'countess@analytical.engine', ['ada']],
  ['the beginning of one', 'countess@ana', ['ada']],
  ['its first part, mistyped', 'countes', ['ada']],
  ['its domain', '@analytical', ['ada']],
  ['half-width and full-width forms', 'ｊｏｈｎ', ['john99', 'johnson', 'joan']],
];

export const literal = [
  '%',
  '_',
  '*',
  "'",
  '"',
  '\\',
  '-',
  '(',
  ')',
  ':',
  '|',
  '&',
  '!',
  '^',
  '$1',
  '{}',
  '--',
].concat(
  "' OR 1=1 --",
  '" OR 1 --',
  'ada* OR zzz',
  'NEAR(ada smith)',
  'words : ada',
  'ada & !smith',
  'ada:*',
  '%ada%',
  '__________',
  'AND',
  'NOT ada',
  '👩🏽‍🚀',
);

let made = 0;

export function profileFrom(
  username: string,
  firstName: string | null,
  lastName: string | null,
  email = `${username}@example.com`,
) {
  made += 1;
  const userId = `01900000-0000-7000-8000-${String(made).padStart(12, '0')}`;
  return { userId, username, email, firstName, lastName, isActive: true, createdAt: made };
}

/** As a release without the search writes them. */
export async function insertProfiles(
  db: Database,
  profiles: ReturnType<typeof profileFrom>[],
): Promise<void> {
  await db.transaction(async tx => {
    for (let from = 0; from < profiles.length; from += 100) {
      const rows = profiles.slice(from, from + 100).map(profile => ({
        ...profile,
        id: profile.userId,
        usernameKey: profile.username,
        metadata: {},
        version: 1,
        updatedAt: 0,
      }));
      // Only the columns that the first release had.
      await tx.manager
        .createQueryBuilder()
        .insert()
        .into(ProfileRow, Object.keys(rows[0]!))
        .values(rows)
        .execute();
    }
  });
}

/** One of each way of looking. */
export const waysOfLooking = [
  'm',
  'mar',
  'marai',
  'arti',
  'maria garcia',
  'maira gracia',
  'm g',
  'a.b',
  'qwertzuiopas',
];
