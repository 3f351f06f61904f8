import { administratorToken, data, eventually, failure, rest, send, somebody } from './client';

const searchUsers = `query ($q: String!, $first: Int, $after: String) {
  searchUsers(q: $q, first: $first, after: $after) {
    nodes { id username email isActive profile { firstName lastName } roles { name } }
    pageInfo { hasNextPage endCursor }
  }
}`;
const updateUser =
  'mutation ($id: ID!, $input: UpdateUserInput!) { updateUser(id: $id, input: $input) { id } }';

interface Found {
  searchUsers: {
    nodes: { id: string; username: string; profile: { firstName: string } }[];
    pageInfo: { hasNextPage: boolean; endCursor: string | null };
  };
}

const search = async (q: string, token: string, page: { first?: number; after?: string | null } = {}) =>
  (await data<Found, Record<string, unknown>>(searchUsers, { q, ...page }, token)).searchUsers;

describe('searching users (U7)', () => {
  it('finds somebody by name, however it is typed, from registration to renaming', async () => {
    const root = await administratorToken();
    const person = await somebody();
    await eventually(async () => {
      const { nodes } = await search(person.username, root);
      expect(nodes[0]).toMatchObject({ id: person.id, username: person.username, email: person.email });
    });
    expect((await search(person.email, root)).nodes[0]).toMatchObject({ id: person.id });
    const rename = (firstName: string, lastName: string) =>
      data(updateUser, { id: person.id, input: { firstName, lastName } }, person.accessToken);
    // Made up anew at each run: the stories share one Plinth.
    const name = `Zq${person.username.replace(/[^a-z]/g, '')}`;
    await rename(`Žoë${name}`, 'Kierkegård');
    for (const q of [`zoe${name}`, `ZOE${name} kierk`, `ŽÖE${name.slice(0, -1)}`, `kierkegaard zeo${name}`]) {
      expect([q, (await search(q, root)).nodes[0]]).toEqual([
        q,
        expect.objectContaining({ id: person.id, roles: [{ name: 'user' }] }),
      ]);
    }
    await rename(`Other${name}`, 'Name');
    expect((await search(`zoe${name}`, root)).nodes.map(node => node.id)).not.toContain(person.id);
    expect((await search(`other${name}`, root)).nodes[0]).toMatchObject({ id: person.id });
  });

  it('answers over REST like the list of users, a page at a time', async () => {
    const token = await administratorToken();
    const mark = `Qx${Math.random()
      .toString(36)
      .replace(/[^a-z]/g, '')}`;
    const people = [await somebody(), await somebody(), await somebody()];
    for (const person of people) {
      await eventually(() =>
        data(updateUser, { id: person.id, input: { firstName: mark } }, person.accessToken),
      );
    }
    const ids: string[] = [];
    let after = '';
    for (let page = 0; page < 3; page++) {
      const { status, body } = await rest('GET', `/users/search?q=${mark}&first=1${after}`, { token });
      expect(status).toBe(200);
      const { items, page_info } = body as unknown as {
        items: { id: string }[];
        page_info: { end_cursor: string; has_next_page: boolean };
      };
      expect(items).toEqual([
        {
          id: expect.any(String),
          username: expect.any(String),
          email: expect.any(String),
          is_active: true,
          profile: {
            first_name: mark,
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
      ]);
      expect(page_info.has_next_page).toBe(page < 2);
      ids.push(items[0]!.id);
      after = `&after=${page_info.end_cursor}`;
    }
    expect(ids.sort()).toEqual(people.map(person => person.id).sort());
  });

  it('refuses who may not read users, and what cannot be searched for', async () => {
    const person = await somebody();
    const token = await administratorToken();
    expect(await failure(searchUsers, { q: 'ada' })).toBe('UNAUTHENTICATED');
    expect(await failure(searchUsers, { q: 'ada' }, person.accessToken)).toBe('FORBIDDEN');
    const refusal = async (query: string, as: string | undefined) => {
      const { status, body } = await rest('GET', `/users/search${query}`, { token: as });
      return [status, body['error']];
    };
    expect(await refusal('?q=ada', undefined)).toEqual([401, 'UNAUTHENTICATED']);
    expect(await refusal('?q=ada', person.accessToken)).toEqual([403, 'FORBIDDEN']);
    for (const query of [
      '',
      '?q=',
      '?q=%00',
      `?q=${'x'.repeat(4_096)}`,
      '?q=ada&first=0',
      '?q=ada&after=x',
    ]) {
      expect([query, ...(await refusal(query, token))]).toEqual([query, 422, 'VALIDATION_FAILED']);
    }
    const half = await send(searchUsers, { q: '\ud800' }, { token });
    expect(half.errors?.[0]?.extensions.code).toBe('VALIDATION_FAILED');
    for (const q of ['%', '_', '*', '"', "' OR 1=1 --", '" OR 1 --', 'NEAR(', '-']) {
      const { status, body } = await rest('GET', `/users/search?q=${encodeURIComponent(q)}`, { token });
      expect([q, status, body['items']]).toEqual([q, 200, []]);
    }
  });
});
