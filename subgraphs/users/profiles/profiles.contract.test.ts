import { eventually } from '../../../platform/testing/eventually';
import { type ContactChanged, contactChanged } from '../events';
import { TestUsers, type UserResult, userFields } from '../testing/test-users';

const updateUser = `mutation ($id: ID!, $input: UpdateUserInput!) { updateUser(id: $id, input: $input) ${userFields} }`;

const nobody = '01900000-0000-7000-8000-00000000dead';

/** A case with its value as a short text, for its title. */
function briefly([field, value]: [string, unknown]): [string, string, unknown] {
  return [field, JSON.stringify(value).slice(0, 40), value];
}

const users = new TestUsers();
let admin: string;

beforeAll(async () => {
  await users.start();
  admin = users.token({ permissions: ['*'] });
}, 60_000);
afterAll(() => users.close());

describe('a profile', () => {
  const update = (id: string, input: Record<string, unknown>, token = users.token({ userId: id })) =>
    users.graphql<{ updateUser: UserResult }>(token, updateUser, { id, input });

  it('changes in the fields that are given; null clears', async () => {
    const id = await users.register();
    const first = await update(id, {
      firstName: '  Zoë 🎈 ',
      lastName: "O'Neil; DROP TABLE profiles",
      phone: '+4930901820',
      locale: 'PT-br',
      timeZone: 'America/Sao_Paulo',
      avatarUrl: 'https://example.com/ada.png?x=1#y',
      metadata: { theme: 'dark', deep: [1, { two: null }] },
    });
    expect(first.data.updateUser.profile).toEqual({
      firstName: 'Zoë 🎈',
      lastName: "O'Neil; DROP TABLE profiles",
      phone: '+4930901820',
      locale: 'pt-BR',
      timeZone: 'America/Sao_Paulo',
      avatarUrl: 'https://example.com/ada.png?x=1#y',
      metadata: { theme: 'dark', deep: [1, { two: null }] },
      version: 2,
    });
    const second = await update(id, { lastName: null, metadata: null, phone: null });
    expect(second.data.updateUser.profile).toMatchObject({
      firstName: 'Zoë 🎈',
      lastName: null,
      phone: null,
      metadata: {},
      version: 3,
    });
    const nothing = await update(id, {});
    expect(nothing.data.updateUser.profile).toMatchObject({ firstName: 'Zoë 🎈', version: 3 });
  });

  it('tells how messages reach the user when that changes, all of it, with the phone number encrypted', async () => {
    const id = await users.register();
    await update(id, { phone: '+4930901820' });
    await update(id, { firstName: 'Ada' });
    await update(id, { locale: 'es-419', timeZone: 'America/Lima' });
    await update(id, { phone: null, timeZone: null });
    await eventually(() => expect(users.eventsAbout(id, contactChanged)).toHaveLength(3));
    const told = users.eventsAbout(id, contactChanged).map(({ data }) => {
      const { sealedPhone, locale, timeZone, version } = data as ContactChanged;
      const phone = sealedPhone && users.keyring.decrypt(sealedPhone, `event:${contactChanged}:${id}`);
      return [version, phone, locale, timeZone];
    });
    expect(told).toEqual([
      [2, '+4930901820', null, null],
      [4, '+4930901820', 'es-419', 'America/Lima'],
      [5, null, 'es-419', null],
    ]);
  });

  it('keeps the phone number encrypted, for its own user only', async () => {
    const [one, two] = [await users.register(), await users.register()];
    await update(one, { phone: '+4930901821' });
    await update(two, { phone: '+4930901821' });
    const [row] = await users.database.rows('profiles', `user_id = '${one}'`);
    const [twin] = await users.database.rows('profiles', `user_id = '${two}'`);
    expect(row!['phone']).toMatch(/^v1\./);
    expect(JSON.stringify(row)).not.toContain('30901821');
    expect(row!['phone']).not.toBe(twin!['phone']);
    expect((await users.user(one))?.profile?.phone).toBe('+4930901821');
  });

  it('can be changed by holders of users:write, and looks missing to others', async () => {
    const id = await users.register();
    expect(
      (await update(id, { firstName: 'Ed' }, users.tokenWith('users:write', 'users:read'))).code,
    ).toBeUndefined();
    const plain = ({ text }: { text: string }) => text.replace(/"(timestamp|traceId)":"[^"]+"/g, '');
    for (const token of [users.token(), users.tokenWith('users:read')]) {
      const refused = await update(id, { firstName: 'Eve' }, token);
      expect(refused.code).toBe('NOT_FOUND');
      expect(plain(refused)).toBe(plain(await update(nobody, { firstName: 'Eve' }, token)));
    }
    expect((await users.user(id))?.profile?.firstName).toBe('Ed');
    expect((await update(nobody, { firstName: 'X' }, admin)).code).toBe('NOT_FOUND');
    expect((await update('not-a-uuid', { firstName: 'X' }, admin)).code).toBe('NOT_FOUND');
  });

  it('of many edits of one version takes exactly one', async () => {
    const id = await users.register();
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) => update(id, { firstName: `name ${i}`, version: 1 })),
    );
    expect(answers.filter(answer => answer.code === undefined)).toHaveLength(1);
    const refused = answers.filter(answer => answer.code !== undefined);
    for (const answer of refused) {
      expect([answer.code, answer.status]).toEqual(['VERSION_CONFLICT', 409]);
      expect(answer.details).toEqual({ currentVersion: 2 });
    }
    expect((await update(id, { version: 1 })).code).toBe('VERSION_CONFLICT');
    expect((await users.user(id))?.profile?.version).toBe(2);
  });

  it('loses nothing of edits to different fields at once', async () => {
    const id = await users.register();
    await Promise.all([
      update(id, { firstName: 'F' }),
      update(id, { lastName: 'L' }),
      update(id, { phone: '+4930901822' }),
      update(id, { metadata: { a: 1 } }),
    ]);
    expect((await users.user(id))?.profile).toMatchObject({
      firstName: 'F',
      lastName: 'L',
      phone: '+4930901822',
      metadata: { a: 1 },
      version: 5,
    });
  });

  const deep = (levels: number): unknown => (levels === 0 ? 1 : { in: deep(levels - 1) });
  it.each(
    (
      [
        ['firstName', 'a\u0000b'],
        ['firstName', 'a\nb'],
        ['firstName', '\ud800'],
        ['firstName', '\u202egnp'],
        ['firstName', ''],
        ['firstName', '   '],
        ['firstName', 'x'.repeat(101)],
        ['firstName', 'x'.repeat(1_000_000)],
        ['firstName', 7],
        ['firstName', { a: 1 }],
        ['lastName', ['x']],
        ['phone', '030 901820'],
        ['phone', '+0301234567'],
        ['phone', '+4930901820\n'],
        ['phone', `+${'1'.repeat(16)}`],
        ['locale', ''],
        ['locale', 'Spanish'],
        ['locale', 'es_ES'],
        ['locale', 'en\u0000'],
        ['locale', `en-${'x'.repeat(1_000_000)}`],
        ['timeZone', ''],
        ['timeZone', '+01:00'],
        ['timeZone', 'Mars/Olympus'],
        ['timeZone', '../etc/passwd'],
        ['avatarUrl', 'javascript:alert(1)'],
        ['avatarUrl', 'data:image/png;base64,AAAA'],
        ['avatarUrl', '//example.com/x'],
        ['avatarUrl', 'https://user:secret@example.com/'],
        ['avatarUrl', 'https://example.com/ x'],
        ['avatarUrl', ` https://example.com/`],
        ['avatarUrl', `https://example.com/${'x'.repeat(2048)}`],
        ['metadata', 'text'],
        ['metadata', [1]],
        ['metadata', { big: 'x'.repeat(17_000) }],
        ['metadata', { big: 'x'.repeat(1_000_000) }],
        ['metadata', deep(11)],
        ['metadata', deep(80)],
        ['metadata', { nul: 'a\u0000' }],
        ['metadata', JSON.parse('{"a":{"__proto__":{"admin":true}}}')],
        ['version', 'one'],
      ] as [string, unknown][]
    ).map(briefly),
  )('refuses %s of %s, and stores nothing', async (field, _brief, value) => {
    const id = await users.register();
    const before = await users.database.rows('profiles', `user_id = '${id}'`);
    const answer = await update(id, { firstName: 'Good', lastName: 'Good', [field]: value });
    expect([answer.code, answer.status]).toEqual(['VALIDATION_FAILED', 422]);
    expect(answer.details).toEqual([{ field, message: expect.any(String) }]);
    expect(answer.text.length).toBeLessThan(2_000);
    expect(await users.database.rows('profiles', `user_id = '${id}'`)).toEqual(before);
  });

  it('names every wrong field at once, and takes metadata up to its limits', async () => {
    const id = await users.register();
    const wrong = await update(id, {
      firstName: '\u0007',
      lastName: 'x'.repeat(101),
      phone: '1',
      avatarUrl: 'ftp://x',
      metadata: deep(11),
    });
    expect((wrong.details as { field: string }[]).map(each => each.field)).toEqual([
      'firstName',
      'lastName',
      'phone',
      'avatarUrl',
      'metadata',
    ]);
    expect((await update(id, { metadata: deep(10) })).code).toBeUndefined();
    expect((await update(id, { metadata: { a: 'x'.repeat(16 * 1024 - 8) } })).code).toBeUndefined();
    expect((await update(id, { metadata: { a: 'x'.repeat(16 * 1024 - 7) } })).code).toBe('VALIDATION_FAILED');
  });
});
