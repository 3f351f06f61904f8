import { mkdtemp, rm } from 'node:fs/promises';

import { tmpdir } from 'node:os';

import { join } from 'node:path';

import { ManualClock } from '../../../platform/clock';

import { Database } from '../../../platform/database/database';

import { silentLogger } from '../../../platform/observability/logger';

import { Authenticated } from '../../../platform/security/caller';
import { newPostgresDatabase, testBackend } from '../../../platform/testing/backend';
import { migrations } from '../migrations';
import { Registrations } from '../profiles/registrations';
import { entities, ProfileRow } from '../tables';
import { cases, corpus, insertProfiles, literal, profileFrom } from '../testing/search-cases';
import { TestUsers } from '../testing/test-users';
import { Search } from './search';
import { indexForSearch, insertSearchText } from './search-index';

const admin = new Authenticated({ kind: 'user', id: 'admin', permissions: ['*'], isCurrent: () => true });

const closing: (() => Promise<unknown>)[] = [];

const emptyDatabase = async (): Promise<string> => {
  const { postgres } = testBackend() ?? {};
  if (postgres !== undefined) {
    const { url, drop } = await newPostgresDatabase(postgres, 'search');
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

afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

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
  await db.transaction(tx => insertSearchText(testBackend() ? 'postgres' : 'sqlite', tx.manager, people));
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
  const users = new TestUsers();
  let reader: string;

  beforeAll(async () => {
    await users.start();
    reader = users.tokenWith('users:read');
  });
  afterAll(() => users.close());

  const ids = async (q: string) => {
    const { data, code } = await users.graphql<{ searchUsers: { nodes: { id: string }[] } }>(
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
    const self = await users.register({ username: 'renamed', email: 'first@mail.example' });
    expect(await ids('renamed')).toEqual([self]);
    expect(await ids('first@mail')).toEqual([self]);
    const name = (firstName: string | null, lastName?: string | null) =>
      users.graphql(users.token({ userId: self }), updateUser, { id: self, input: { firstName, lastName } });
    await name('Grace', 'Hopper');
    expect(await ids('grace hopper')).toEqual([self]);
    await name('Élodie');
    expect(await ids('elodie hopper')).toEqual([self]);
    expect(await ids('grace')).toEqual([]);
    await name(null, null);
    for (const q of ['elodie', 'hopper', 'hoper', 'lodie']) expect([q, await ids(q)]).toEqual([q, []]);
    expect(await ids('renamed')).toEqual([self]);
  });

  it('still finds a user after a failed change, or a repeated registration event', async () => {
    const self = await users.register({ username: 'steadfast' });
    const token = users.token({ userId: self });
    const wrong = await users.graphql(token, updateUser, {
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
    await users.publish('user.registered', again);
    await users.register();
    expect([await ids('impostor'), await ids('steadfast')]).toEqual([[], [self]]);
  });

  it('does not search telephone numbers, which are secret', async () => {
    const self = await users.register({ username: 'phoned' });
    await users.graphql(users.token({ userId: self }), updateUser, {
      id: self,
      input: { phone: '+4930901820' },
    });
    for (const q of ['+4930901820', '4930901820', '4930']) expect(await ids(q)).toEqual([]);
    const rows = [
      ...(await users.database.rows('search_entries')),
      ...(await users.database.rows('search_words')),
    ];
    expect(JSON.stringify(rows)).not.toContain('493090');
  });

  it('needs users:read', async () => {
    const self = await users.register({ username: 'lookout' });
    const outcome = async (token: string | undefined) => {
      const { code, status, data } = await users.graphql(token, searchUsers, { q: 'lookout' });
      return [code, status, data];
    };
    const nothing = { searchUsers: null };
    expect(await outcome(undefined)).toEqual(['UNAUTHENTICATED', 401, nothing]);
    expect(await outcome(users.token({ userId: self }))).toEqual(['FORBIDDEN', 403, nothing]);
    expect(await outcome(users.tokenWith('files:*', 'users:write'))).toEqual(['FORBIDDEN', 403, nothing]);
    expect((await outcome(users.tokenWith('users:*')))[0]).toBeUndefined();
  });

  it('answers over REST like the list of users', async () => {
    const self = await users.register({ username: 'restful', roles: ['user'] });
    expect(await users.rest('GET', '/search?q=r%C3%A9stfu&first=1', { token: reader })).toEqual({
      status: 200,
      headers: expect.any(Headers),
      body: {
        items: [
          {
            id: self,
            profile: {
              first_name: null,
              last_name: null,
              phone: null,
              locale: null,
              time_zone: null,
              avatar_url: null,
              metadata: {},
            },
            roles: ['user'],
            permissions: [],
          },
        ],
        page_info: { end_cursor: expect.any(String), has_next_page: false },
      },
    });
    const outcome = async (token: string | undefined, query: string) => {
      const { status, body } = await users.rest('GET', `/search${query}`, { token });
      const { error, details } = body as { error: string; details: { field: string }[] | null };
      return [status, error, Array.isArray(details) ? details.map(each => each.field) : details];
    };
    const wrong = (field: string) => [422, 'VALIDATION_FAILED', [field]];
    expect(await outcome(undefined, '?q=a')).toEqual([401, 'UNAUTHENTICATED', null]);
    expect(await outcome(users.token({ userId: self }), '?q=a')).toEqual([
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
