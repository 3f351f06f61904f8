import { data, eventually, rest, send, somebody } from './client';

const readProfile = '{ me { profile { firstName phone version } } }';
const updateUser = `mutation ($id: ID!, $input: UpdateUserInput!) {
  updateUser(id: $id, input: $input) { profile { firstName lastName version } }
}`;

interface Profile {
  firstName: string | null;
  phone: string | null;
  version: number;
}

async function userWithProfile() {
  const user = await somebody();
  const profile = () =>
    eventually(async () => {
      const { me } = await data<{ me: { profile: Profile | null } }, object>(
        readProfile,
        {},
        user.accessToken,
      );
      if (me.profile === null) throw new Error('no profile yet');
      return me.profile;
    });
  await profile();
  return { ...user, profile };
}

describe('profiles', () => {
  it('refuse a change of a version that is not the current one any more, and keep what is stored (U4)', async () => {
    const ada = await userWithProfile();
    const { version } = await ada.profile();
    const change = (input: object) => send(updateUser, { id: ada.id, input }, { token: ada.accessToken });
    const [first, second] = [
      await change({ firstName: 'Ada', version }),
      await change({ firstName: 'Eve', version }),
    ];
    expect(first.errors).toBeUndefined();
    expect(second.errors?.map(({ extensions }) => [extensions.code, extensions.http.status])).toEqual([
      ['VERSION_CONFLICT', 409],
    ]);
    expect(await ada.profile()).toMatchObject({ firstName: 'Ada', version: version + 1 });
    // With the current version, or without one, the change is made.
    expect((await change({ firstName: 'Augusta', version: version + 1 })).errors).toBeUndefined();
    expect((await change({ lastName: 'King' })).errors).toBeUndefined();
    expect(await ada.profile()).toMatchObject({ firstName: 'Augusta', version: version + 3 });
  });

  it('let one of many changes of the same version win (U4)', async () => {
    const ada = await userWithProfile();
    const { version } = await ada.profile();
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        send(
          updateUser,
          { id: ada.id, input: { firstName: `name-${i}`, version } },
          { token: ada.accessToken },
        ),
      ),
    );
    const winners = answers.flatMap((answer, i) => (answer.errors === undefined ? [`name-${i}`] : []));
    expect(winners).toHaveLength(1);
    expect(await ada.profile()).toMatchObject({ firstName: winners[0], version: version + 1 });
  });

  it('name every wrong field at once, over GraphQL and REST, and store nothing of the change (U10)', async () => {
    const ada = await userWithProfile();
    const input = {
      firstName: 'x'.repeat(101),
      lastName: 'a\u0000b',
      phone: '030 901820',
      avatarUrl: 'javascript:alert(1)',
      metadata: { large: 'x'.repeat(20_000) },
    };
    const graphql = await send(updateUser, { id: ada.id, input }, { token: ada.accessToken });
    const [error] = graphql.errors!;
    expect([error!.extensions.code, error!.extensions.http.status]).toEqual(['VALIDATION_FAILED', 422]);
    const details = error!.extensions.details as { field: string; message: string }[];
    expect(details.map(({ field }) => field).sort()).toEqual(Object.keys(input).sort());
    for (const { message } of details) expect(message.length).toBeGreaterThan(5);
    const body = {
      first_name: input.firstName,
      last_name: input.lastName,
      phone: input.phone,
      avatar_url: input.avatarUrl,
      metadata: input.metadata,
    };
    const answer = await rest('PUT', `/users/${ada.id}`, { token: ada.accessToken, body });
    expect([answer.status, answer.body['error']]).toEqual([422, 'VALIDATION_FAILED']);
    const fields = (answer.body['details'] as unknown as { field: string }[]).map(({ field }) => field);
    expect(fields.sort()).toEqual(Object.keys(body).sort());
    expect(await ada.profile()).toEqual({ firstName: null, phone: null, version: 1 });
  });

  it('are not overwritten by a client that sends the etag it has read', async () => {
    const { id, accessToken: token } = await somebody();
    const path = `/users/${id}`;
    const read = await eventually(async () => {
      const found = await rest('GET', path, { token });
      expect(found.headers.get('etag')).toMatch(/^"\d+\.[\w-]{16}"$/);
      return found;
    });
    const etag = read.headers.get('etag')!;
    expect(JSON.stringify(read.body)).not.toContain('version');
    expect((await rest('GET', path, { token, headers: { 'if-none-match': etag } })).status).toBe(304);

    const put = (first_name: string, ifMatch: string) =>
      rest('PUT', path, { token, body: { first_name }, headers: { 'if-match': ifMatch } });
    const first = await put('Ada', etag);
    expect(first.status).toBe(200);
    const second = await put('Eve', etag);
    expect([second.status, second.body['error']]).toEqual([412, 'PRECONDITION_FAILED']);
    expect((await put('Eve', '"never given"')).status).toBe(412);
    const now = await rest('GET', path, { token, headers: { 'if-none-match': etag } });
    expect([now.status, (now.body['profile'] as unknown as { first_name: string }).first_name]).toEqual([
      200,
      'Ada',
    ]);
    expect((await put('Grace', first.headers.get('etag')!)).status).toBe(200);
    expect((await put('Any', '*')).status).toBe(200);
  });
});
