import { BetterSqlite3QueryRunner } from 'typeorm/driver/better-sqlite3/BetterSqlite3QueryRunner.js';
import { PostgresQueryRunner } from 'typeorm/driver/postgres/PostgresQueryRunner.js';
import { PostgresStatements } from '../../../platform/database/postgres-statements';
import { SqliteStatements } from '../../../platform/database/sqlite-statements';
import { eventually } from '../../../platform/testing/eventually';
import { userActivationChanged } from '../events';
import { type GraphQLAnswer, Stage, type UserAnswer, userFields } from './stage';

interface Connection {
  nodes: { id: string }[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

const listUsers = `query ($first: Int, $after: String, $filter: UserFilter, $orderBy: UserOrder) {
  users(first: $first, after: $after, filter: $filter, orderBy: $orderBy) {
    nodes { id } edges { cursor } pageInfo { hasNextPage endCursor }
  }
}`;
const updateUser = `mutation ($id: ID!, $input: UpdateUserInput!) { updateUser(id: $id, input: $input) ${userFields} }`;
const assignRoles = `mutation ($id: ID!, $roles: [String!]!) { assignRoles(userId: $id, roles: $roles) ${userFields} }`;
const removeRoles = `mutation ($id: ID!, $roles: [String!]!) { removeRoles(userId: $id, roles: $roles) ${userFields} }`;
const createRole = `mutation ($input: CreateRoleInput!) { createRole(input: $input) { id name description permissions isSystem version } }`;
const updateRole = `mutation ($id: ID!, $input: UpdateRoleInput!) { updateRole(id: $id, input: $input) { id name permissions version } }`;
const deleteRole = `mutation ($id: ID!, $to: String) { deleteRole(id: $id, reassignTo: $to) }`;
const explainAccess = `query ($id: ID!, $permission: String!) { explainAccess(userId: $id, permission: $permission) {
  allowed reason decidedBy { role { name } grant } grants { role { name } grant } wouldGrant { name }
} }`;
const nobody = '01900000-0000-7000-8000-00000000dead';

/** A case with its value as a short text, for its title. */
function briefly([field, value]: [string, unknown]): [string, string, unknown] {
  return [field, JSON.stringify(value).slice(0, 40), value];
}

/** Rows U1, U3, U4, U6, U8, U9 and U10, on every kind of database. */
export function usersContract(
  kind: 'sqlite' | 'postgres',
  servers: () => { postgres: string; redis: string } | undefined,
): void {
  describe(`The users service (${kind})`, () => {
    let stage: Stage;
    let admin: string;
    const queries: string[] = [];

    beforeAll(async () => {
      for (const runner of [BetterSqlite3QueryRunner, PostgresQueryRunner]) {
        const query = runner.prototype.query;
        jest.spyOn(runner.prototype, 'query').mockImplementation(function (
          this: InstanceType<typeof runner>,
          ...args: Parameters<typeof query>
        ) {
          if (!/outbox|consumed_events|pg_/.test(args[0])) queries.push(args[0]);
          return query.apply(this, args);
        } as typeof query);
      }
      for (const statements of [SqliteStatements, PostgresStatements]) {
        const read = statements.prototype.read;
        jest.spyOn(statements.prototype, 'read').mockImplementation(function (
          this: InstanceType<typeof statements>,
          ...args: Parameters<typeof read>
        ) {
          queries.push(args[0]);
          return read.apply(this, args);
        } as typeof read);
      }
      stage = await Stage.start(servers());
      admin = stage.token({ permissions: ['*'] });
    });

    afterAll(async () => {
      await stage.stop();
      jest.restoreAllMocks();
    });

    let named = 0;
    const makeRole = async (permissions: string[] = [], name = `role-${++named}`) => {
      const { data } = await stage.ask<{ createRole: { id: string; name: string; version: number } }>(
        admin,
        createRole,
        { input: { name, permissions } },
      );
      return data.createRole;
    };
    const give = (id: string, ...roles: string[]) => stage.ask(admin, assignRoles, { id, roles });
    const rolesOf = async (id: string) => (await stage.user(id))?.roles.map(role => role.name);
    const lastChange = (userId: string) =>
      stage.announced.flatMap(event => event.changes).findLast(change => change.userId === userId);
    const walk = async (variables: Record<string, unknown>, token = admin): Promise<string[]> => {
      const ids: string[] = [];
      let after: string | null = null;
      for (let page = 0; page < 50; page++) {
        const answer: GraphQLAnswer<{ users: Connection }> = await stage.ask(token, listUsers, {
          ...variables,
          after,
        });
        expect(answer.code).toBeUndefined();
        const { users } = answer.data;
        ids.push(...users.nodes.map(node => node.id));
        after = users.pageInfo.endCursor;
        if (!users.pageInfo.hasNextPage) return ids;
      }
      throw new Error('The list has no end');
    };

    describe('a registration', () => {
      it('makes the profile, gives the roles and tells what they grant', async () => {
        const id = await stage.register({ roles: ['administrator'] });
        expect(await stage.user(id)).toEqual({
          id,
          profile: {
            firstName: null,
            lastName: null,
            phone: null,
            avatarUrl: null,
            metadata: {},
            version: 1,
          },
          roles: [{ name: 'administrator' }],
          permissions: ['*'],
        });
        await eventually(() =>
          expect(lastChange(id)).toEqual({ userId: id, roles: ['administrator'], permissions: ['*'] }),
        );
      });

      it('told twice, under one event id or two, changes nothing more', async () => {
        const eventId = '01900000-0000-7000-8000-000000000abc';
        const id = await stage.register({ eventId });
        await stage.ask(stage.token({ userId: id }), updateUser, { id, input: { firstName: 'Ada' } });
        const again = {
          userId: id,
          username: 'other',
          email: 'x',
          isActive: true,
          createdAt: 0,
          roles: ['user'],
        };
        await stage.publish('user.registered', again, eventId);
        await stage.publish('user.registered', again);
        await stage.register();
        expect(await stage.rows('profiles', `user_id = '${id}'`)).toMatchObject([
          { first_name: 'Ada', version: 2 },
        ]);
        expect(await stage.rows('role_assignments', `user_id = '${id}'`)).toHaveLength(1);
      });

      it('with a role that is not there gives the others', async () => {
        const id = await stage.register({ roles: ['user', 'no-such-role'] });
        expect(await rolesOf(id)).toEqual(['user']);
      });
    });

    it('follows whether the account is active', async () => {
      const id = await stage.register();
      await stage.publish(userActivationChanged, { userId: id, isActive: false });
      await eventually(async () => {
        expect(await walk({ first: 100, filter: { active: false } })).toContain(id);
      });
      expect(await walk({ first: 100, filter: { active: true } })).not.toContain(id);
    });

    describe('who may do what', () => {
      const forbidden = ['FORBIDDEN', 403];
      const missing = ['NOT_FOUND', 404];
      const fine = [undefined, undefined];
      /** What an anonymous caller, the user, another user, and who holds the one permission get. */
      const matrix: [
        string,
        string,
        (ids: { self: string; role: string }) => Record<string, unknown>,
        string,
        unknown[],
        unknown[],
      ][] = [
        ['users', listUsers, () => ({}), 'users:read', forbidden, forbidden],
        [
          'user',
          'query ($id: ID!) { user(id: $id) { id } }',
          ids => ({ id: ids.self }),
          'users:read',
          fine,
          fine,
        ],
        [
          'explainAccess',
          explainAccess,
          ids => ({ id: ids.self, permission: 'files:read' }),
          'users:read',
          fine,
          missing,
        ],
        [
          'updateUser',
          updateUser,
          ids => ({ id: ids.self, input: { lastName: 'L' } }),
          'users:write',
          fine,
          missing,
        ],
        [
          'assignRoles',
          assignRoles,
          ids => ({ id: ids.self, roles: ['user'] }),
          'users:assign-roles',
          forbidden,
          forbidden,
        ],
        [
          'removeRoles',
          removeRoles,
          ids => ({ id: ids.self, roles: ['administrator'] }),
          'users:assign-roles',
          forbidden,
          forbidden,
        ],
        ['roles', '{ roles { nodes { id } } }', () => ({}), 'roles:read', forbidden, forbidden],
        [
          'role',
          'query ($id: ID!) { role(id: $id) { id } }',
          ids => ({ id: ids.role }),
          'roles:read',
          forbidden,
          forbidden,
        ],
        [
          'updateRole',
          updateRole,
          ids => ({ id: ids.role, input: { description: 'x' } }),
          'roles:write',
          forbidden,
          forbidden,
        ],
        [
          'createRole',
          createRole,
          () => ({ input: { name: `made-${++named}`, permissions: [] } }),
          'roles:write',
          forbidden,
          forbidden,
        ],
        [
          'deleteRole',
          deleteRole,
          ids => ({ id: ids.role, to: 'user' }),
          'roles:write',
          forbidden,
          forbidden,
        ],
      ];

      it.each(matrix)('%s', async (_name, operation, variables, permission, self, other) => {
        const ids = { self: await stage.register(), role: (await makeRole()).id };
        const outcome = async (token: string | undefined) => {
          const { code, status } = await stage.ask(token, operation, variables(ids));
          return [code, status];
        };
        expect(await outcome(undefined)).toEqual(['UNAUTHENTICATED', 401]);
        expect(await outcome(stage.token({ userId: ids.self }))).toEqual(self);
        expect(await outcome(stage.token())).toEqual(other);
        expect(await outcome(stage.may('files:*', 'notifications:send'))).toEqual(other);
        expect(await outcome(stage.may(permission))).toEqual(fine);
        expect(await outcome(stage.may(`${permission.split(':')[0]}:*`))).not.toEqual([
          'UNAUTHENTICATED',
          401,
        ]);
      });

      it('hides another user: null from user(id), nothing in a reference', async () => {
        const id = await stage.register();
        const other = stage.token();
        expect(await stage.user(id, other)).toBeNull();
        expect(await stage.user(nobody, admin)).toBeNull();
        expect(await stage.user("' OR 1=1 --", admin)).toBeNull();
        const reference = async (token: string | undefined) =>
          (
            await stage.ask<{ _entities: unknown[] }>(
              token,
              `query ($r: [_Any!]!) { _entities(representations: $r) { ... on User ${userFields} } }`,
              { r: [{ __typename: 'User', id }] },
            )
          ).data._entities;
        const hidden = [{ id, profile: null, roles: [], permissions: [] }];
        expect(await reference(undefined)).toEqual(hidden);
        expect(await reference(other)).toEqual(hidden);
        expect(await reference(stage.token({ userId: id }))).toMatchObject([
          { profile: { version: 1 }, roles: [{ name: 'user' }] },
        ]);
        expect(await reference(admin)).toMatchObject([{ profile: { version: 1 } }]);
      });

      it('shows a role by reference to who holds it or may read roles', async () => {
        const role = await makeRole();
        const reference = async (token: string | undefined, id = role.id) =>
          (
            await stage.ask<{ _entities: unknown[] }>(
              token,
              'query ($r: [_Any!]!) { _entities(representations: $r) { ... on Role { name } } }',
              { r: [{ __typename: 'Role', id }] },
            )
          ).data._entities;
        expect(await reference(undefined)).toEqual([null]);
        expect(await reference(stage.token())).toEqual([null]);
        expect(await reference(stage.token({ roles: [role.name] }))).toEqual([{ name: role.name }]);
        expect(await reference(admin)).toEqual([{ name: role.name }]);
        expect(await reference(admin, nobody)).toEqual([null]);
      });

      it('says what a moment and an object look like', async () => {
        const wrong = await stage.ask(admin, listUsers, { filter: { createdAfter: 'yesterday' } });
        expect(wrong.details).toEqual([
          {
            field: 'filter.createdAfter',
            message: 'must be a moment in RFC 3339, such as 2026-01-31T12:00:00Z',
          },
        ]);
        const id = await stage.register();
        const text = await stage.ask(admin, updateUser, { id, input: { metadata: 'text' } });
        expect(text.details).toEqual([{ field: 'metadata', message: 'must be a JSON object' }]);
      });

      it('finds nobody by a reference that cannot be one', async () => {
        for (const id of ['', 'x', '\0', '\ud800', "' OR 1=1 --", 7, null, { a: 1 }, ['x'], undefined]) {
          for (const __typename of ['User', 'Role']) {
            const answer = await stage.ask<{ _entities: ({ profile?: unknown } | null)[] }>(
              admin,
              `query ($r: [_Any!]!) {
                _entities(representations: $r) { ... on User { profile { id } roles { id } } ... on Role { name } }
              }`,
              { r: [{ __typename, id }] },
            );
            expect([id, answer.code]).toEqual([id, undefined]);
            expect(answer.data._entities[0]?.profile ?? null).toBeNull();
          }
        }
      });

      it('refuses forged tokens', async () => {
        const forged = [
          stage.token({ permissions: ['*'], claims: { aud: 'other' } }),
          stage.token({ permissions: ['*'], claims: { iss: 'https://other' } }),
          stage.token({ permissions: ['*'], expiresIn: -10 }),
          stage.token({ permissions: ['*'], header: { kid: 'unknown' } }),
          stage.token({ permissions: ['*'], header: { typ: 'JWT' } }),
        ];
        for (const token of forged) expect((await stage.ask(token, listUsers)).status).toBe(401);
      });
    });

    describe('the list of users', () => {
      const day = Date.UTC(2020, 0, 1);
      const ids: string[] = [];

      beforeAll(async () => {
        const role = await makeRole([], 'listed');
        // Three share each moment, so that pages end within ties; two usernames differ in capitals only.
        for (let i = 0; i < 12; i++) {
          const id = await stage.register({
            username: `${i % 2 ? 'Lister' : 'lister'}-${String.fromCharCode(97 + Math.floor(i / 2))}`,
            createdAt: day + Math.floor(i / 3) * 1000,
            isActive: i % 4 !== 0,
          });
          ids.push(id);
          await give(id, role.name);
        }
      });

      it.each(['CREATED_AT_ASC', 'CREATED_AT_DESC', 'USERNAME_ASC', 'USERNAME_DESC'])(
        'in the order %s has everybody once, however long the pages',
        async orderBy => {
          const filter = { role: 'listed' };
          const whole = await walk({ first: 100, orderBy, filter });
          expect([...whole].sort()).toEqual([...ids].sort());
          for (const first of [1, 2, 5, 7]) expect(await walk({ first, orderBy, filter })).toEqual(whole);
          const all = await walk({ first: 7, orderBy });
          expect(new Set(all).size).toBe(all.length);
          expect(all.filter(id => ids.includes(id))).toEqual(whole);
        },
      );

      it('filters by activity, role and time of registration, all at once too', async () => {
        const between = { createdAfter: new Date(day + 1000), createdBefore: new Date(day + 3000) };
        expect((await walk({ filter: between })).sort()).toEqual(ids.slice(3, 9).sort());
        expect((await walk({ filter: { ...between, role: 'listed', active: false } })).sort()).toEqual(
          [ids[4], ids[8]].sort(),
        );
        expect((await walk({ first: 1, filter: { ...between, active: true } })).length).toBe(4);
        expect(await walk({ filter: { role: null, active: null, ...between } })).toHaveLength(6);
      });

      it('takes signs that mean something elsewhere literally', async () => {
        for (const role of [
          '%',
          '_',
          'list%',
          'liste_',
          "' OR ''='",
          'no-such',
          '',
          'LISTED',
          '\0',
          '\ud800',
        ])
          expect([role, await walk({ filter: { role } })]).toEqual([role, []]);
      });

      it.each([0, 101, -1, 2 ** 31, 1.5, '20'])('refuses pages of %p', async first => {
        for (const filter of [{}, { role: 'listed' }, { role: 'no-such' }]) {
          const answer = await stage.ask(admin, listUsers, { first, filter });
          expect([answer.code, answer.status]).toEqual(['VALIDATION_FAILED', 422]);
          expect(answer.details).toMatchObject([{ field: 'first' }]);
        }
      });

      it('refuses cursors that are not its own', async () => {
        const { data } = await stage.ask<{ users: Connection }>(admin, listUsers, { first: 1 });
        const cursor = data.users.pageInfo.endCursor!;
        const other = [
          { after: 'garbage' },
          { after: '' },
          { after: 'x'.repeat(5000) },
          { after: Buffer.from('["createdAt ASC,userId ASC","1","2"]').toString('base64url') },
          { after: cursor, orderBy: 'USERNAME_ASC' },
        ];
        for (const variables of other) {
          const answer = await stage.ask(admin, listUsers, variables);
          expect([variables, answer.code]).toEqual([variables, 'VALIDATION_FAILED']);
          expect(answer.details).toMatchObject([{ field: 'after' }]);
        }
      });

      it('costs the same few queries for one user as for twenty', async () => {
        const cost = async (first: number) => {
          queries.length = 0;
          const { data } = await stage.ask<{ users: { nodes: UserAnswer[] } }>(
            admin,
            `query ($first: Int) { users(first: $first) { nodes ${userFields} } }`,
            { first },
          );
          expect(data.users.nodes).toHaveLength(first);
          return queries.filter(sql => sql.startsWith('SELECT'));
        };
        expect(await cost(1)).toHaveLength(2);
        expect(await cost(12)).toHaveLength(2);
      });
    });

    describe('a profile', () => {
      const update = (id: string, input: Record<string, unknown>, token = stage.token({ userId: id })) =>
        stage.ask<{ updateUser: UserAnswer }>(token, updateUser, { id, input });

      it('changes in the fields that are given; null clears', async () => {
        const id = await stage.register();
        const first = await update(id, {
          firstName: '  Zoë 🎈 ',
          lastName: "O'Neil; DROP TABLE profiles",
          phone: '+4930901820',
          avatarUrl: 'https://example.com/ada.png?x=1#y',
          metadata: { theme: 'dark', deep: [1, { two: null }] },
        });
        expect(first.data.updateUser.profile).toEqual({
          firstName: 'Zoë 🎈',
          lastName: "O'Neil; DROP TABLE profiles",
          phone: '+4930901820',
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

      it('keeps the phone number encrypted, for its own user only', async () => {
        const [one, two] = [await stage.register(), await stage.register()];
        await update(one, { phone: '+4930901821' });
        await update(two, { phone: '+4930901821' });
        const [row] = await stage.rows('profiles', `user_id = '${one}'`);
        const [twin] = await stage.rows('profiles', `user_id = '${two}'`);
        expect(row!['phone']).toMatch(/^v1\./);
        expect(JSON.stringify(row)).not.toContain('30901821');
        expect(row!['phone']).not.toBe(twin!['phone']);
        expect((await stage.user(one))?.profile?.phone).toBe('+4930901821');
      });

      it('is changed by whoever holds users:write, and for others is not there', async () => {
        const id = await stage.register();
        expect(
          (await update(id, { firstName: 'Ed' }, stage.may('users:write', 'users:read'))).code,
        ).toBeUndefined();
        const plain = ({ text }: { text: string }) => text.replace(/"(timestamp|traceId)":"[^"]+"/g, '');
        for (const token of [stage.token(), stage.may('users:read')]) {
          const refused = await update(id, { firstName: 'Eve' }, token);
          expect(refused.code).toBe('NOT_FOUND');
          expect(plain(refused)).toBe(plain(await update(nobody, { firstName: 'Eve' }, token)));
        }
        expect((await stage.user(id))?.profile?.firstName).toBe('Ed');
        expect((await update(nobody, { firstName: 'X' }, admin)).code).toBe('NOT_FOUND');
        expect((await update('not-a-uuid', { firstName: 'X' }, admin)).code).toBe('NOT_FOUND');
      });

      it('of many edits of one version takes exactly one', async () => {
        const id = await stage.register();
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
        expect((await stage.user(id))?.profile?.version).toBe(2);
      });

      it('loses nothing of edits to different fields at once', async () => {
        const id = await stage.register();
        await Promise.all([
          update(id, { firstName: 'F' }),
          update(id, { lastName: 'L' }),
          update(id, { phone: '+4930901822' }),
          update(id, { metadata: { a: 1 } }),
        ]);
        expect((await stage.user(id))?.profile).toMatchObject({
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
        const id = await stage.register();
        const before = await stage.rows('profiles', `user_id = '${id}'`);
        const answer = await update(id, { firstName: 'Good', lastName: 'Good', [field]: value });
        expect([answer.code, answer.status]).toEqual(['VALIDATION_FAILED', 422]);
        expect(answer.details).toEqual([{ field, message: expect.any(String) }]);
        expect(answer.text.length).toBeLessThan(2_000);
        expect(await stage.rows('profiles', `user_id = '${id}'`)).toEqual(before);
      });

      it('names every wrong field at once, and takes metadata up to its limits', async () => {
        const id = await stage.register();
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
        expect((await update(id, { metadata: { a: 'x'.repeat(16 * 1024 - 7) } })).code).toBe(
          'VALIDATION_FAILED',
        );
      });
    });

    describe('giving and taking roles', () => {
      it('adds up what they grant, and tells it', async () => {
        const id = await stage.register();
        const files = await makeRole(['files:*', 'users:read']);
        const mail = await makeRole(['notifications:send', 'users:read']);
        const answer = await stage.ask<{ assignRoles: UserAnswer }>(admin, assignRoles, {
          id,
          roles: [files.name, mail.name, files.name],
        });
        const permissions = ['files:*', 'notifications:send', 'users:read'];
        expect(answer.data.assignRoles).toMatchObject({ permissions });
        await eventually(() => expect(lastChange(id)).toMatchObject({ permissions }));
        await stage.ask(admin, removeRoles, { id, roles: [files.name] });
        await eventually(() =>
          expect(lastChange(id)).toEqual({
            userId: id,
            roles: [mail.name, 'user'].sort(),
            permissions: ['notifications:send', 'users:read'],
          }),
        );
        const [row] = await stage.rows('role_assignments', `user_id = '${id}' AND role_id = '${mail.id}'`);
        expect(row!['assigned_by']).toMatch(/^[0-9a-f-]{36}$/);
      });

      it('refuses unknown roles by name, unknown users, empty and endless lists', async () => {
        const id = await stage.register();
        const attempt = async (roles: unknown, user = id) => {
          const { code, status, details, text } = await stage.ask(admin, assignRoles, { id: user, roles });
          expect(text.length).toBeLessThan(2_000);
          return { code, status, details };
        };
        expect(await attempt(['user', 'ghost'])).toEqual({
          code: 'VALIDATION_FAILED',
          status: 422,
          details: [{ field: 'roles', message: 'there is no role named ghost' }],
        });
        expect(await attempt(['user'], nobody)).toMatchObject({ code: 'NOT_FOUND', status: 404 });
        expect(await attempt(['user'], 'x')).toMatchObject({ code: 'NOT_FOUND', status: 404 });
        for (const roles of [[], ['x'.repeat(1_000_000)], Array(51).fill('user'), ['\0'], [null], 'Üser', 7])
          expect(await attempt(roles)).toMatchObject({ code: 'VALIDATION_FAILED', status: 422 });
        expect(await rolesOf(id)).toEqual(['user']);
      });

      it('gives nothing that the giver does not hold, wildcards included', async () => {
        const id = await stage.register();
        const wide = await makeRole(['files:*']);
        const assigner = (...held: string[]) =>
          stage.ask(stage.may('users:assign-roles', ...held), assignRoles, { id, roles: [wide.name] });
        for (const held of [[], ['files:read', 'files:write'], ['files:images:*'], ['users:*']]) {
          const answer = await assigner(...held);
          expect([answer.code, answer.status]).toEqual(['FORBIDDEN', 403]);
          expect(answer.details).toEqual({ missing: ['files:*'] });
        }
        const escalation = await stage.ask(stage.may('users:*', 'roles:*', 'files:*'), assignRoles, {
          id,
          roles: ['administrator'],
        });
        expect(escalation.code).toBe('FORBIDDEN');
        expect(await rolesOf(id)).toEqual(['user']);
        expect((await assigner('files:*')).code).toBeUndefined();
        expect(await rolesOf(id)).toEqual([wide.name, 'user'].sort());
      });

      it('refuses more than an access token carries', async () => {
        const id = await stage.register();
        const many = (letter: string) => Array.from({ length: 40 }, (_, i) => `${letter.repeat(40)}:a${i}`);
        const roles = [await makeRole(many('a')), await makeRole(many('b')), await makeRole(many('c'))];
        expect((await give(id, roles[0]!.name, roles[1]!.name)).code).toBeUndefined();
        expect((await give(id, roles[2]!.name)).code).toBe('ACCESS_TOO_LARGE');
        expect(await rolesOf(id)).not.toContain(roles[2]!.name);
      });

      it('tells the whole of what is held when several give at once', async () => {
        const id = await stage.register();
        const roles = await Promise.all(Array.from({ length: 5 }, (_, i) => makeRole([`part:p${i}`])));
        await Promise.all([
          ...roles.map(role => give(id, role.name)),
          stage.ask(admin, updateRole, { id: roles[0]!.id, input: { permissions: ['part:edited'] } }),
        ]);
        const permissions = ['part:edited', 'part:p1', 'part:p2', 'part:p3', 'part:p4'];
        expect((await stage.user(id))?.permissions).toEqual(permissions);
        await eventually(() => expect(lastChange(id)?.permissions).toEqual(permissions));
      });
    });

    describe('the last administrator', () => {
      it('stays, also when the last two are removed at the same moment', async () => {
        const members = async () =>
          (await stage.rows('role_assignments', "role_id = '0193b3a0-0000-7000-8000-000000000001'")).map(
            row => row['user_id'] as string,
          );
        const keep = [
          await stage.register({ roles: ['administrator'] }),
          await stage.register({ roles: ['administrator'] }),
        ];
        for (const id of await members())
          if (!keep.includes(id)) await stage.ask(admin, removeRoles, { id, roles: ['administrator'] });
        for (let round = 0; round < 5; round++) {
          const answers = await Promise.all(
            keep.map(id => stage.ask(admin, removeRoles, { id, roles: ['administrator'] })),
          );
          expect(answers.map(answer => answer.code).sort()).toEqual(['LAST_ADMINISTRATOR', undefined]);
          expect(answers.find(answer => answer.code)?.status).toBe(409);
          expect(await members()).toHaveLength(1);
          for (const id of keep) expect((await give(id, 'administrator')).code).toBeUndefined();
        }
        // One who is suspended cannot administer: the other is the last.
        await stage.publish(userActivationChanged, { userId: keep[0], isActive: false });
        await eventually(async () => {
          expect((await stage.rows('profiles', `user_id = '${keep[0]}'`))[0]!['is_active']).toBeFalsy();
        });
        expect(
          (await stage.ask(admin, removeRoles, { id: keep[1], roles: ['user', 'administrator'] })).code,
        ).toBe('LAST_ADMINISTRATOR');
        expect(
          (await stage.ask(admin, removeRoles, { id: keep[0], roles: ['administrator'] })).code,
        ).toBeUndefined();
        expect(await members()).toEqual([keep[1]]);
      });
    });

    describe('roles', () => {
      it('are made, listed, read, edited and deleted', async () => {
        const made = await stage.ask<{ createRole: { id: string } }>(admin, createRole, {
          input: {
            name: 'editor-1',
            description: 'Edits',
            permissions: ['files:write', 'files:read', 'files:read'],
          },
        });
        const { id } = made.data.createRole;
        expect(made.data.createRole).toEqual({
          id,
          name: 'editor-1',
          description: 'Edits',
          permissions: ['files:read', 'files:write'],
          isSystem: false,
          version: 1,
        });
        const names: string[] = [];
        let after: string | null = null;
        do {
          const page: { data: { roles: { nodes: { name: string }[]; pageInfo: Connection['pageInfo'] } } } =
            await stage.ask(
              admin,
              'query ($after: String) { roles(first: 7, after: $after) { nodes { name } pageInfo { hasNextPage endCursor } } }',
              { after },
            );
          names.push(...page.data.roles.nodes.map(node => node.name));
          after = page.data.roles.pageInfo.hasNextPage ? page.data.roles.pageInfo.endCursor : null;
        } while (after !== null);
        expect(names).toEqual([...new Set(names)].sort());
        expect(names).toEqual(expect.arrayContaining(['administrator', 'user', 'editor-1']));
        const edited = await stage.ask(admin, updateRole, {
          id,
          input: { name: 'editor-2', permissions: [], version: 1 },
        });
        expect(edited.data).toEqual({ updateRole: { id, name: 'editor-2', permissions: [], version: 2 } });
        expect((await stage.ask(admin, deleteRole, { id })).data).toEqual({ deleteRole: id });
        expect((await stage.ask(admin, 'query ($id: ID!) { role(id: $id) { id } }', { id })).data).toEqual({
          role: null,
        });
        expect((await stage.ask(admin, deleteRole, { id })).code).toBe('NOT_FOUND');
        expect((await stage.ask(admin, updateRole, { id: 'x', input: {} })).code).toBe('NOT_FOUND');
      });

      it('tell everybody’s new permissions who holds the edited one', async () => {
        const role = await makeRole(['files:read']);
        const ids = [await stage.register(), await stage.register(), await stage.register()];
        for (const id of ids) await give(id, role.name);
        await stage.ask(admin, updateRole, {
          id: role.id,
          input: { name: 'zz-renamed', permissions: ['files:*'] },
        });
        await eventually(() => {
          for (const id of ids)
            expect(lastChange(id)).toEqual({
              userId: id,
              roles: ['user', 'zz-renamed'],
              permissions: ['files:*'],
            });
        });
        const told = stage.announced.length;
        await stage.ask(admin, updateRole, {
          id: role.id,
          input: { description: 'nothing that tokens say' },
        });
        await stage.register();
        await eventually(() =>
          expect(stage.announced.slice(told).flatMap(event => event.changes)).toHaveLength(1),
        );
      });

      it('announce many members in events of at most a hundred', async () => {
        const role = await makeRole(['bulk:read']);
        const ids: string[] = [];
        for (let i = 0; i < 205; i++)
          ids.push(await stage.register({ roles: [role.name], createdAt: 1_000 }));
        // A registration is seen before it is announced.
        await eventually(() =>
          expect(stage.announced.flatMap(event => event.changes.map(each => each.userId))).toContain(
            ids.at(-1),
          ),
        );
        stage.announced.length = 0;
        await stage.ask(admin, updateRole, { id: role.id, input: { permissions: ['bulk:*'] } });
        await eventually(() =>
          expect(stage.announced.map(event => event.changes.length)).toEqual([100, 100, 5]),
        );
        stage.announced.length = 0;
        const target = await makeRole(['bulk:other']);
        expect((await stage.ask(admin, deleteRole, { id: role.id, to: target.name })).code).toBeUndefined();
        expect(await stage.rows('role_assignments', `role_id = '${target.id}'`)).toHaveLength(205);
        await eventually(() => {
          const changes = stage.announced.flatMap(event => event.changes);
          expect(changes.map(change => change.userId).sort()).toEqual([...ids].sort());
          expect(changes[0]).toMatchObject({ roles: [target.name], permissions: ['bulk:other'] });
        });
      });

      it('that somebody holds are not deleted, unless their holders get another', async () => {
        const [role, other] = [await makeRole(['files:read']), await makeRole(['files:write'])];
        const [one, two] = [await stage.register(), await stage.register()];
        await give(one, role.name, other.name);
        await give(two, role.name);
        const refused = await stage.ask(admin, deleteRole, { id: role.id });
        expect([refused.code, refused.status, refused.details]).toEqual(['ROLE_IN_USE', 409, { members: 2 }]);
        for (const to of ['ghost', role.name, '%']) {
          const answer = await stage.ask(admin, deleteRole, { id: role.id, to });
          expect([answer.code, answer.details]).toEqual([
            'VALIDATION_FAILED',
            [{ field: 'reassignTo', message: expect.any(String) }],
          ]);
        }
        expect(
          (await stage.ask(stage.may('roles:write'), deleteRole, { id: role.id, to: other.name })).code,
        ).toBe('FORBIDDEN');
        expect(await rolesOf(two)).toContain(role.name);
        expect((await stage.ask(admin, deleteRole, { id: role.id, to: other.name })).code).toBeUndefined();
        expect(await rolesOf(one)).toEqual([other.name, 'user'].sort());
        expect(await rolesOf(two)).toEqual([other.name, 'user'].sort());
      });

      it('that come with Plinth keep their names, and administrator its permissions', async () => {
        const { data } = await stage.ask<{
          roles: { nodes: { id: string; name: string; isSystem: boolean }[] };
        }>(admin, '{ roles(first: 100) { nodes { id name isSystem } } }');
        const system = data.roles.nodes.filter(role => role.isSystem);
        expect(system.map(role => role.name)).toEqual(['administrator', 'user']);
        const [administrator, user] = system;
        for (const { id } of system) {
          expect((await stage.ask(admin, deleteRole, { id, to: 'user' })).code).toBe('SYSTEM_ROLE');
          expect((await stage.ask(admin, updateRole, { id, input: { name: 'renamed' } })).code).toBe(
            'SYSTEM_ROLE',
          );
        }
        for (const permissions of [[], ['files:*'], ['*', 'files:read']])
          expect(
            (await stage.ask(admin, updateRole, { id: administrator!.id, input: { permissions } })).code,
          ).toBe('SYSTEM_ROLE');
        const described = { name: 'administrator', permissions: ['*'], description: 'All' };
        expect(
          (await stage.ask(admin, updateRole, { id: administrator!.id, input: described })).code,
        ).toBeUndefined();
        expect(
          (await stage.ask(admin, updateRole, { id: user!.id, input: { permissions: ['files:read'] } })).code,
        ).toBeUndefined();
        expect(
          (await stage.ask(admin, updateRole, { id: user!.id, input: { permissions: [] } })).code,
        ).toBeUndefined();
      });

      it('have one name each, decided by the database', async () => {
        const answers = await Promise.all(
          Array.from({ length: 6 }, () =>
            stage.ask(admin, createRole, { input: { name: 'wanted', permissions: [] } }),
          ),
        );
        expect(answers.map(answer => answer.code).sort()).toEqual([
          ...Array(5).fill('ROLE_NAME_TAKEN'),
          undefined,
        ]);
        expect(answers.find(answer => answer.code)?.status).toBe(409);
        const other = await makeRole();
        expect((await stage.ask(admin, updateRole, { id: other.id, input: { name: 'wanted' } })).code).toBe(
          'ROLE_NAME_TAKEN',
        );
      });

      it('of many edits of one version take exactly one', async () => {
        const role = await makeRole();
        const answers = await Promise.all(
          Array.from({ length: 6 }, (_, i) =>
            stage.ask(admin, updateRole, { id: role.id, input: { description: `d${i}`, version: 1 } }),
          ),
        );
        expect(answers.map(answer => answer.code).sort()).toEqual([
          ...Array(5).fill('VERSION_CONFLICT'),
          undefined,
        ]);
      });

      it('get no permission that their editor does not hold', async () => {
        const editor = stage.may('roles:write', 'files:read');
        const role = await makeRole(['users:read']);
        const made = await stage.ask(editor, createRole, {
          input: { name: 'mine', permissions: ['files:*'] },
        });
        expect([made.code, made.details]).toEqual(['FORBIDDEN', { missing: ['files:*'] }]);
        expect(
          (await stage.ask(editor, createRole, { input: { name: 'mine', permissions: ['*'] } })).code,
        ).toBe('FORBIDDEN');
        const edit = (permissions: string[]) =>
          stage.ask(editor, updateRole, { id: role.id, input: { permissions } });
        expect((await edit(['users:read', '*'])).code).toBe('FORBIDDEN');
        expect((await edit(['users:read', 'files:read'])).code).toBeUndefined();
        expect((await edit([])).code).toBeUndefined();
        expect(await stage.rows('roles', "name = 'mine'")).toEqual([]);
      });

      it.each(
        (
          [
            ['name', ''],
            ['name', 'a'],
            ['name', 'Upper'],
            ['name', '1st'],
            ['name', 'with space'],
            ['name', 'x'.repeat(51)],
            ['name', 'x'.repeat(1_000_000)],
            ['name', 'a\u0000'],
            ['name', 5],
            ['description', 'x'.repeat(501)],
            ['description', '\u0007'],
            ['permissions', 'files:read'.repeat(30)],
            ['permissions', Array.from({ length: 101 }, (_, i) => `files:a${i}`)],
            ['permissions', Array.from({ length: 60 }, (_, i) => `${'f'.repeat(40)}:a${i}`)],
          ] as [string, unknown][]
        ).map(briefly),
      )('refuse %s of %s', async (field, _brief, value) => {
        const before = (await stage.rows('roles')).length;
        const input = { name: 'good-name', description: 'good', permissions: [], [field]: value };
        const answer = await stage.ask(admin, createRole, { input });
        expect([answer.code, answer.status]).toEqual(['VALIDATION_FAILED', 422]);
        expect((answer.details as { field: string }[])[0]!.field).toMatch(new RegExp(`^${field}(\\.0)?$`));
        expect(answer.text.length).toBeLessThan(2_000);
        expect(await stage.rows('roles')).toHaveLength(before);
      });

      it('refuse wrong permissions by their place', async () => {
        const answer = await stage.ask(admin, createRole, {
          input: { name: 'good-name', permissions: ['files:read', 'Files', '*:read', 'users:*'] },
        });
        expect((answer.details as { field: string }[]).map(each => each.field)).toEqual([
          'permissions.1',
          'permissions.2',
        ]);
        const nulls = await stage.ask(admin, updateRole, {
          id: nobody,
          input: { name: null, permissions: null },
        });
        expect(nulls.code).toBe('VALIDATION_FAILED');
      });
    });

    describe('an explanation of access', () => {
      const explain = async (id: string, permission: string, token = admin) =>
        (await stage.ask(token, explainAccess, { id, permission })).data?.['explainAccess'];

      it('names the rule that decides and every other that would do', async () => {
        const id = await stage.register();
        const [one, two] = [await makeRole(['depot:*', 'users:read']), await makeRole(['depot:read'])];
        await give(id, one.name, two.name);
        const grants = [
          { role: { name: one.name }, grant: 'depot:*' },
          { role: { name: two.name }, grant: 'depot:read' },
        ];
        expect(await explain(id, 'depot:read')).toEqual({
          allowed: true,
          reason: `Allowed: the role ${one.name} grants depot:*, which covers depot:read.`,
          decidedBy: grants[0],
          grants,
          wouldGrant: [],
        });
      });

      it('says what is missing, and which roles would grant it to who may read roles', async () => {
        const id = await stage.register();
        const role = await makeRole(['shed:*']);
        const refusal = {
          allowed: false,
          reason: 'Not allowed: no role held (user) grants shed:open.',
          decidedBy: null,
          grants: [],
          wouldGrant: null,
        };
        expect(await explain(id, 'shed:open', stage.token({ userId: id }))).toEqual(refusal);
        expect(await explain(id, 'shed:open', stage.may('users:read'))).toEqual(refusal);
        expect(await explain(id, 'shed:open', stage.may('users:read', 'roles:read'))).toEqual({
          ...refusal,
          reason: `${refusal.reason} Granted by the roles administrator, ${role.name}.`,
          wouldGrant: [{ name: 'administrator' }, { name: role.name }],
        });
      });

      it('lets a suspension decide over every role', async () => {
        const id = await stage.register({ roles: ['administrator'] });
        await stage.publish(userActivationChanged, { userId: id, isActive: false });
        await eventually(async () => {
          expect(await explain(id, 'files:read')).toEqual({
            allowed: false,
            reason: 'Not allowed: the account is suspended.',
            decidedBy: null,
            grants: [{ role: { name: 'administrator' }, grant: '*' }],
            wouldGrant: [],
          });
        });
      });

      it('refuses what is no permission, and users that are not there', async () => {
        const id = await stage.register();
        for (const permission of ['', '*', 'files:*', 'Files:read', "' OR 1=1 --", '\0', 'x'.repeat(200)]) {
          const answer = await stage.ask(admin, explainAccess, { id, permission });
          expect([permission, answer.status]).toEqual([permission, 422]);
          expect(answer.details).toMatchObject([{ field: 'permission' }]);
        }
        for (const wrong of [nobody, '', "' OR 1=1 --", '\0']) {
          const answer = await stage.ask(admin, explainAccess, { id: wrong, permission: 'files:read' });
          expect([wrong, answer.status]).toEqual([wrong, 404]);
        }
      });
    });

    describe('over REST', () => {
      it('lists, reads, changes and gives roles', async () => {
        const id = await stage.register({ createdAt: 5_000 });
        const role = await makeRole(['files:read']);
        const self = stage.token({ userId: id });
        const put = await stage.rest(self, 'PUT', `/${id}`, {
          first_name: 'Ada',
          phone: '+4930901823',
          avatar_url: 'https://example.com/a',
          metadata: { snake_case: 1, camelCase: 2 },
          version: 1,
        });
        const profile = {
          first_name: 'Ada',
          last_name: null,
          phone: '+4930901823',
          avatar_url: 'https://example.com/a',
          metadata: { snake_case: 1, camelCase: 2 },
        };
        expect(put).toEqual({ status: 200, body: { id, profile, roles: ['user'], permissions: [] } });
        const given = await stage.rest(admin, 'POST', `/${id}/roles`, { roles: [role.name] });
        const user = { id, profile, roles: [role.name, 'user'].sort(), permissions: ['files:read'] };
        expect(given).toEqual({ status: 200, body: user });
        expect(await stage.rest(self, 'GET', `/${id}`)).toEqual({ status: 200, body: user });
        const query = `?role=${role.name}&active=true&created_after=1970-01-01T00:00:05Z&created_before=1970-01-01T00:00:06Z&first=1&order_by=username_desc`;
        expect(await stage.rest(admin, 'GET', `/${query}`)).toEqual({
          status: 200,
          body: { items: [user], page_info: { end_cursor: expect.any(String), has_next_page: false } },
        });
      });

      it('answers in the contract’s errors', async () => {
        const id = await stage.register();
        const self = stage.token({ userId: id });
        const outcome = async (token: string | undefined, method: string, path: string, body?: unknown) => {
          const answer = await stage.rest(token, method, path, body);
          const { error, details } = answer.body as { error: string; details: { field: string }[] | null };
          return [answer.status, error, Array.isArray(details) ? details.map(each => each.field) : details];
        };
        expect(await outcome(undefined, 'GET', '/')).toEqual([401, 'UNAUTHENTICATED', null]);
        expect(await outcome(undefined, 'GET', `/${id}`)).toEqual([401, 'UNAUTHENTICATED', null]);
        expect(await outcome('garbage', 'GET', '/')).toEqual([401, 'TOKEN_INVALID', null]);
        expect(await outcome(self, 'GET', '/')).toEqual([403, 'FORBIDDEN', { permission: 'users:read' }]);
        expect(await outcome(stage.token(), 'GET', `/${id}`)).toEqual([404, 'NOT_FOUND', null]);
        expect(await outcome(admin, 'GET', `/${nobody}`)).toEqual([404, 'NOT_FOUND', null]);
        expect(await outcome(self, 'PUT', `/${id}`, { version: 9 })).toEqual([
          409,
          'VERSION_CONFLICT',
          { currentVersion: 1 },
        ]);
        expect(await outcome(self, 'PUT', `/${id}`, { first_name: '\0', phone: 'x' })).toEqual([
          422,
          'VALIDATION_FAILED',
          ['first_name', 'phone'],
        ]);
        expect(await outcome(self, 'PUT', `/${id}`, { user_id: nobody })).toEqual([
          422,
          'VALIDATION_FAILED',
          ['user_id'],
        ]);
        expect(await outcome(self, 'PUT', `/${id}`, { first_name: 7 })).toEqual([
          422,
          'VALIDATION_FAILED',
          ['first_name'],
        ]);
        expect(await outcome(admin, 'POST', `/${id}/roles`, {})).toEqual([
          422,
          'VALIDATION_FAILED',
          ['roles'],
        ]);
        expect(await outcome(admin, 'POST', `/${id}/roles`, { roles: ['ghost'] })).toEqual([
          422,
          'VALIDATION_FAILED',
          ['roles'],
        ]);
        expect(await outcome(admin, 'GET', '/?first=0')).toEqual([422, 'VALIDATION_FAILED', ['first']]);
        expect(await outcome(admin, 'GET', '/?created_after=yesterday')).toEqual([
          422,
          'VALIDATION_FAILED',
          ['created_after'],
        ]);
        expect(await outcome(admin, 'GET', '/?order_by=email&active=maybe')).toEqual([
          422,
          'VALIDATION_FAILED',
          ['order_by', 'active'],
        ]);
        expect(await outcome(admin, 'GET', '/?email=x')).toEqual([422, 'VALIDATION_FAILED', ['email']]);
      });
    });

    it('is ready when its parts are', async () => {
      const response = await fetch(`${stage.service.url}/health/ready`);
      expect(await response.json()).toMatchObject({ checks: { database: 'ready', revocations: 'ready' } });
    });
  });
}
