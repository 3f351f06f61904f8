import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock } from '../../../platform/clock';
import { Database } from '../../../platform/database/database';
import { silentLogger } from '../../../platform/observability/logger';
import { Authenticated } from '../../../platform/security/caller';
import { newDatabase } from '../../../platform/testing/services';
import { migrations } from '../migrations';
import { Registrations } from '../profiles/registrations';
import { Search } from '../search/search';
import { indexForSearch, insertSearchText } from '../search/search-index';
import { entities, ProfileRow } from '../tables';
import { Stage } from './stage';

const admin = new Authenticated({ kind: 'user', id: 'admin', permissions: ['*'], isCurrent: () => true });

/** username, first name, last name, and the email address where it is not username@example.com. */
const corpus: [username: string, firstName: string | null, lastName: string | null, email?: string][] = [
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
const cases: [title: string, q: string, usernames: string[]][] = [
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

const literal = [
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
      await tx.manager.insert(ProfileRow, rows);
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

/** Row U7, on every kind of database: both must find the same people in the same order. */
export function searchContract(
  kind: 'sqlite' | 'postgres',
  servers: () => { postgres: string; redis: string } | undefined,
): void {
  describe(`The search of users (${kind})`, () => {
    const closing: (() => Promise<unknown>)[] = [];
    afterAll(async () => {
      for (const close of closing.reverse()) await close();
    });

    const emptyDatabase = async (): Promise<string> => {
      const { postgres } = servers() ?? {};
      if (postgres !== undefined) {
        const { url, drop } = await newDatabase(postgres, 'search');
        closing.push(drop);
        return url;
      }
      const folder = await mkdtemp(join(tmpdir(), 'plinth-search-'));
      closing.push(() => rm(folder, { recursive: true, force: true }));
      return `sqlite:${join(folder, 'users.db')}`;
    };
    const clock = new ManualClock();
    const open = async (url: string, upTo = migrations.length) => {
      const options = { url, service: 'users', entities, clock, migrations: migrations.slice(0, upTo) };
      const db = await Database.open(options);
      closing.push(() => db.close());
      return db;
    };

    const idOf = new Map<string, string>();
    const profileOf = ([username, firstName, lastName, email]: (typeof corpus)[number]) => {
      const profile = profileFrom(username, firstName, lastName, email);
      idOf.set(username, profile.userId);
      return profile;
    };
    const add = async (db: Database, person: (typeof corpus)[number]) => {
      const profile = profileOf(person);
      const { userId, firstName, lastName } = profile;
      await db.transaction(async tx => {
        await new Registrations(db, silentLogger).register({ ...profile, roles: [] }, tx);
        await tx.manager.update(ProfileRow, { userId }, { firstName, lastName });
        await indexForSearch(db, tx, profile);
      });
    };
    const found = async (db: Database, q: string): Promise<string[]> => {
      const usernames = new Map([...idOf].map(([username, userId]) => [userId, username]));
      const { nodes } = await new Search(db).find(admin, q, { first: 100 });
      return nodes.map(({ userId }) => usernames.get(userId) ?? userId);
    };

    describe('among people of many languages', () => {
      let db: Database;

      beforeAll(async () => {
        db = await open(await emptyDatabase());
        for (const person of corpus) await add(db, person);
      });

      it.each(cases)('finds %s: %s', async (_title, q, usernames) => {
        expect(await found(db, q)).toEqual(usernames);
      });

      it.each(literal)('takes %s for what it is', async q => {
        const everybody = corpus.map(([username]) => username).sort();
        expect((await found(db, q)).sort()).not.toEqual(everybody);
      });

      it.each([
        ['nothing', ''],
        ['a space', ' '],
        ['a narrow space', '\u202f'],
        ['ends of lines', '\t\n'],
        ['NUL', 'a\0b'],
        ['half of a surrogate pair', '\ud800'],
        ['its other half', 'a\udfffb'],
        ['a mark that turns text around', '\u202eada'],
        ['255 characters', 'x'.repeat(255)],
        ['4 kB', 'x'.repeat(4_096)],
      ])('refuses %s', async (_title, q) => {
        await expect(new Search(db).find(admin, q, {})).rejects.toMatchObject({
          status: 422,
          code: 'VALIDATION_FAILED',
          details: [{ field: 'q', message: expect.any(String) }],
        });
      });

      it('refuses more words than a name has, and takes the longest text it allows', async () => {
        const words = (count: number) => Array.from({ length: count }, (_, at) => `w${at}x`).join(' ');
        await expect(new Search(db).find(admin, words(11), {})).rejects.toMatchObject({ status: 422 });
        expect(await found(db, words(10))).toEqual([]);
        const long = Array.from({ length: 10 }, (_, at) => `${at}abcdefghijklmnopqrstuvw`).join(' ');
        expect(await found(db, long)).toEqual([]);
        expect(await found(db, 'x'.repeat(254))).toEqual([]);
        expect(await found(db, '\ufdfa'.repeat(254))).toEqual([]);
      });

      it('pages through the ranking without a gap, and refuses a cursor of another search', async () => {
        const search = new Search(db);
        const all = (await search.find(admin, 'a', { first: 100 })).nodes;
        expect(all.length).toBeGreaterThan(5);
        const walked: unknown[] = [];
        for (let after: string | null = null, more = true; more; ) {
          const page = await search.find(admin, 'a', { first: 2, after });
          walked.push(...page.nodes);
          ({ endCursor: after, hasNextPage: more } = page.pageInfo);
        }
        expect(walked).toEqual(all);
        const { pageInfo } = await search.find(admin, 'a', { first: 2 });
        for (const [q, after] of [
          ['ad', pageInfo.endCursor],
          ['a', 'x'],
          ['a', ''],
        ] as const) {
          await expect(search.find(admin, q, { after })).rejects.toMatchObject({
            details: [{ field: 'after' }],
          });
        }
        await expect(search.find(admin, 'a', { first: 101 })).rejects.toMatchObject({ status: 422 });
      });

      it('forgets a user together with the profile', async () => {
        await add(db, ['gone', 'Ephemera', 'Vanishing']);
        expect(await found(db, 'ephemera')).toEqual(['gone']);
        await db.transaction(tx => tx.manager.delete(ProfileRow, { userId: idOf.get('gone')! }));
        for (const q of ['gone', 'ephemera', 'phemer', 'ephemara', 'vanishing ephemera']) {
          expect([q, await found(db, q)]).toEqual([q, []]);
        }
      });
    });

    it('ends after some hundreds, the same ones at each search', async () => {
      const db = await open(await emptyDatabase());
      const people = Array.from({ length: 700 }, (_, at) => profileOf([`common${at}`, 'Common', 'Name']));
      await insertProfiles(db, people);
      await db.transaction(tx => insertSearchText(kind, tx.manager, people));
      for (const q of ['common', 'commmon', 'common name', 'ommo']) {
        const ids: string[] = [];
        for (let after: string | null = null, more = true; more; ) {
          const page = await new Search(db).find(admin, q, { first: 100, after });
          ids.push(...page.nodes.map(node => node.userId));
          ({ endCursor: after, hasNextPage: more } = page.pageInfo);
        }
        expect(new Set(ids).size).toBe(ids.length);
        expect([q, ids.length]).toEqual([q, 300]);
        expect(ids).toContain(people[0]!.userId);
      }
    });

    it('finds those who were there before it, when two services migrate at once', async () => {
      const url = await emptyDatabase();
      const old = await open(url, 1);
      const people = [
        ...corpus,
        ...Array.from({ length: 1_001 }, (_, at) => [`crowd${at}`, null, null] as never),
      ];
      await insertProfiles(old, people.map(profileOf));
      const [db] = await Promise.all([open(url), open(url)]);
      for (const [, q, usernames] of cases) expect([q, await found(db, q)]).toEqual([q, usernames]);
      expect((await found(db, 'crowd1000'))[0]).toBe('crowd1000');
    });

    describe('at the service', () => {
      const searchUsers = `query ($q: String!, $first: Int, $after: String) {
        searchUsers(q: $q, first: $first, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } }
      }`;
      const updateUser =
        'mutation ($id: ID!, $input: UpdateUserInput!) { updateUser(id: $id, input: $input) { id } }';
      let stage: Stage;
      let reader: string;

      beforeAll(async () => {
        stage = await Stage.start(servers());
        reader = stage.may('users:read');
      });
      afterAll(() => stage.stop());

      const ids = async (q: string) => {
        const { data, code } = await stage.ask<{ searchUsers: { nodes: { id: string }[] } }>(
          reader,
          searchUsers,
          {
            q,
          },
        );
        expect(code).toBeUndefined();
        return data.searchUsers.nodes.map(node => node.id);
      };

      it('finds who registers, at once under a new name and no more under the old one', async () => {
        const self = await stage.register({ username: 'renamed', email: 'first@mail.example' });
        expect(await ids('renamed')).toEqual([self]);
        expect(await ids('first@mail')).toEqual([self]);
        const name = (firstName: string | null, lastName?: string | null) =>
          stage.ask(stage.token({ userId: self }), updateUser, { id: self, input: { firstName, lastName } });
        await name('Grace', 'Hopper');
        expect(await ids('grace hopper')).toEqual([self]);
        await name('Élodie');
        expect(await ids('elodie hopper')).toEqual([self]);
        expect(await ids('grace')).toEqual([]);
        await name(null, null);
        for (const q of ['elodie', 'hopper', 'hoper', 'lodie']) expect([q, await ids(q)]).toEqual([q, []]);
        expect(await ids('renamed')).toEqual([self]);
      });

      it('keeps a user found as before when a change fails, or the registration is told again', async () => {
        const self = await stage.register({ username: 'steadfast' });
        const token = stage.token({ userId: self });
        const wrong = await stage.ask(token, updateUser, {
          id: self,
          input: { firstName: 'Changed', version: 99 },
        });
        expect(wrong.status).toBe(409);
        expect(await ids('changed')).toEqual([]);
        const again = {
          userId: self,
          username: 'impostor',
          email: 'x',
          isActive: true,
          createdAt: 0,
          roles: [],
        };
        await stage.publish('user.registered', again);
        await stage.register();
        expect([await ids('impostor'), await ids('steadfast')]).toEqual([[], [self]]);
      });

      it('does not search telephone numbers, which are secret', async () => {
        const self = await stage.register({ username: 'phoned' });
        await stage.ask(stage.token({ userId: self }), updateUser, {
          id: self,
          input: { phone: '+4930901820' },
        });
        for (const q of ['+4930901820', '4930901820', '4930']) expect(await ids(q)).toEqual([]);
        const rows = [...(await stage.rows('search_entries')), ...(await stage.rows('search_words'))];
        expect(JSON.stringify(rows)).not.toContain('493090');
      });

      it('needs users:read', async () => {
        const self = await stage.register({ username: 'lookout' });
        const outcome = async (token: string | undefined) => {
          const { code, status, data } = await stage.ask(token, searchUsers, { q: 'lookout' });
          return [code, status, data];
        };
        expect(await outcome(undefined)).toEqual(['UNAUTHENTICATED', 401, null]);
        expect(await outcome(stage.token({ userId: self }))).toEqual(['FORBIDDEN', 403, null]);
        expect(await outcome(stage.may('files:*', 'users:write'))).toEqual(['FORBIDDEN', 403, null]);
        expect((await outcome(stage.may('users:*')))[0]).toBeUndefined();
      });

      it('answers over REST like the list of users', async () => {
        const self = await stage.register({ username: 'restful', roles: ['user'] });
        expect(await stage.rest(reader, 'GET', '/search?q=r%C3%A9stfu&first=1')).toEqual({
          status: 200,
          body: {
            items: [
              {
                id: self,
                profile: { first_name: null, last_name: null, phone: null, avatar_url: null, metadata: {} },
                roles: ['user'],
                permissions: [],
              },
            ],
            page_info: { end_cursor: expect.any(String), has_next_page: false },
          },
        });
        const outcome = async (token: string | undefined, query: string) => {
          const { status, body } = await stage.rest(token, 'GET', `/search${query}`);
          const { error, details } = body as { error: string; details: { field: string }[] | null };
          return [status, error, Array.isArray(details) ? details.map(each => each.field) : details];
        };
        const wrong = (field: string) => [422, 'VALIDATION_FAILED', [field]];
        expect(await outcome(undefined, '?q=a')).toEqual([401, 'UNAUTHENTICATED', null]);
        expect(await outcome(stage.token({ userId: self }), '?q=a')).toEqual([
          403,
          'FORBIDDEN',
          { permission: 'users:read' },
        ]);
        for (const query of ['', '?q=', '?q=%20', '?q=%00', `?q=${'x'.repeat(4096)}`]) {
          expect(await outcome(reader, query)).toEqual(wrong('q'));
        }
        expect(await outcome(reader, '?q=a&first=0')).toEqual(wrong('first'));
        expect(await outcome(reader, '?q=a&first=2147483648')).toEqual(wrong('first'));
        expect(await outcome(reader, '?q=a&after=nonsense')).toEqual(wrong('after'));
        expect(await outcome(reader, '?q=a&name=x')).toEqual(wrong('name'));
      });
    });
  });
}
