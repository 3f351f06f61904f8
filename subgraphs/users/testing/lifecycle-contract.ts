import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { getMetadataArgsStorage } from 'typeorm';
import { parse } from 'yaml';
import { uuidv7 } from '../../../platform/ids';
import {
  type PersonalData,
  personalDataHandlers,
  type UserDataErased,
  type UserExportRequested,
  userDataErased,
  userDataExported,
} from '../../../platform/personal-data';
import type { UserDeletionRequested } from '../../../platform/security/access-events';
import { eventually } from '../../../platform/testing/eventually';
import { userActivationChanged, userRegistered } from '../events';
import { participants } from '../participants';
import { entities } from '../tables';
import { LifecycleStage } from './lifecycle-stage';

const create = `mutation ($input: CreateUserInput!, $key: String) {
  createUser(input: $input, idempotencyKey: $key) {
    id profile { firstName lastName phone metadata } roles { name } permissions
  }
}`;
const deletionFields = '{ id status completedAt steps { service completedAt erased { kind count } } }';
const remove = `mutation ($id: ID!) { deleteUser(id: $id) ${deletionFields} }`;
const watch = `query ($id: ID!) { deletion(id: $id) ${deletionFields} }`;
const exported = 'mutation { exportMyData { id status waitingFor downloadPath } }';
const readExport = 'query ($id: ID!) { dataExport(id: $id) { id status waitingFor downloadPath } }';

interface Created {
  createUser: {
    id: string;
    profile: Record<string, unknown>;
    roles: { name: string }[];
    permissions: string[];
  };
}
interface Watched {
  id: string;
  status: string;
  completedAt: string | null;
  steps: { service: string; completedAt: string | null; erased: { kind: string; count: number }[] }[];
}
interface Exported {
  id: string;
  status: string;
  waitingFor: string[];
  downloadPath: string | null;
}

const password = 'the engine weaves algebraic patterns';
let people = 0;

function somebody(more: Record<string, unknown> = {}) {
  people += 1;
  const username = `created-${people}-${Date.now().toString(36)}`;
  return { username, email: `${username}@example.com`, password, ...more };
}

/** What holds of users who are created, deleted and exported, on every database and bus. */
export function lifecycleContract(kind: string, start: () => Promise<LifecycleStage>): void {
  describe(`lifecycle of users (${kind})`, () => {
    let stage: LifecycleStage;

    beforeAll(async () => {
      stage = await start();
    });
    afterAll(() => stage.stop());
    beforeEach(() => {
      stage.fate = 'done';
    });

    const made = (token: string, input: object, key?: string) =>
      stage.ask<Created>(token, create, { input, key });
    const creator = () => stage.may('users:create', 'users:assign-roles', 'users:read', 'files:*');

    describe('createUser', () => {
      it('answers a user who can be read at once, whole, and keeps the password nowhere', async () => {
        const input = somebody({
          firstName: ' Ada ',
          phone: '+4930901820',
          metadata: { team: 'engine' },
          roles: ['user'],
        });
        const { data } = await made(creator(), input);
        expect(data.createUser).toMatchObject({
          profile: { firstName: 'Ada', lastName: null, phone: '+4930901820', metadata: { team: 'engine' } },
          roles: [{ name: 'user' }],
        });
        expect(stage.commands.at(-1)).toMatchObject({ username: input.username, password, roles: ['user'] });
        for (const table of ['creations', 'profiles', 'outbox']) {
          const stored = JSON.stringify(await stage.rows(table));
          expect(stored).not.toContain(password);
          expect(stored).not.toContain('+4930901820');
        }
        const [creation] = await stage.rows('creations', `user_id = '${data.createUser.id}'`);
        expect(creation).toMatchObject({ input: null });
        // The event comes as well, sooner or later, and adds nothing.
        await stage.publish(userRegistered, stage.made.get(String(creation!['id'])));
        expect(await stage.rows('profiles', `user_id = '${data.createUser.id}'`)).toHaveLength(1);
      });

      it('takes the permission, and gives no role that its caller could not assign', async () => {
        expect((await made(stage.may('users:read'), somebody())).code).toBe('FORBIDDEN');
        expect((await made(stage.may('users:create'), somebody({ roles: ['user'] }))).code).toBe('FORBIDDEN');
        expect((await made(creator(), somebody({ roles: ['administrator'] }))).code).toBe('FORBIDDEN');
        const before = stage.commands.length;
        expect((await stage.ask(undefined, create, { input: somebody() })).code).toBe('UNAUTHENTICATED');
        expect(stage.commands).toHaveLength(before);
        const { data } = await made(stage.may('users:create', 'users:read'), somebody());
        expect(data.createUser.roles).toEqual([{ name: 'user' }]);
      });

      it('names the wrong fields of both services together, and makes nothing', async () => {
        const before = stage.commands.length;
        const input = somebody({ username: 'x', password: 'short', phone: 'call me', roles: ['nobody-has'] });
        const { code, details } = await made(creator(), input, 'with space');
        expect(code).toBe('VALIDATION_FAILED');
        expect((details as { field: string }[]).map(each => each.field).sort()).toEqual([
          'idempotencyKey',
          'password',
          'phone',
          'roles',
          'username',
        ]);
        expect(stage.commands).toHaveLength(before);
      });

      it('answers a username that is taken as a registration does, and leaves the key for a better try', async () => {
        const taken = somebody();
        await made(creator(), taken);
        const key = uuidv7(Date.now());
        const token = creator();
        const refused = await made(token, { ...somebody(), username: taken.username }, key);
        expect(refused).toMatchObject({ code: 'USERNAME_TAKEN', details: [{ field: 'username' }] });
        expect((await made(token, somebody(), key)).code).toBeUndefined();
      });

      it('makes one user of one key, however often it is sent, and another for another caller', async () => {
        const input = somebody();
        const key = uuidv7(Date.now());
        const token = creator();
        const answers = await Promise.all(Array.from({ length: 5 }, () => made(token, input, key)));
        const ids = new Set(answers.map(each => each.data.createUser.id));
        expect(ids.size).toBe(1);
        expect((await made(token, { ...input, firstName: 'Bob' }, key)).code).toBe('IDEMPOTENCY_KEY_REUSED');
        const { data } = await made(creator(), somebody(), key);
        expect(ids.has(data.createUser.id)).toBe(false);
      });

      it('completes from the event what auth made when its answer was lost; the same key then finds it', async () => {
        stage.fate = 'answer lost';
        const input = somebody({ lastName: 'Lovelace', phone: '+4930901821' });
        const key = uuidv7(Date.now());
        const token = creator();
        expect((await made(token, input, key)).code).toBe('SERVICE_UNAVAILABLE');
        const registered = [...stage.made.values()].at(-1)!;
        await eventually(async () => {
          expect(await stage.rows('profiles', `user_id = '${registered.userId}'`)).toMatchObject([
            { last_name: 'Lovelace' },
          ]);
        });
        stage.fate = 'done';
        const { data } = await made(token, input, key);
        expect(data.createUser).toMatchObject({
          id: registered.userId,
          profile: { lastName: 'Lovelace', phone: '+4930901821' },
        });
      });

      it('calls off what auth never heard of, after a minute and a restart, and then its key is free', async () => {
        stage.fate = 'unreachable';
        const input = somebody();
        const key = uuidv7(Date.now());
        const caller = { userId: uuidv7(Date.now()), permissions: ['users:create', 'users:read'] };
        expect((await made(stage.token(caller), input, key)).code).toBe('SERVICE_UNAVAILABLE');
        const creationId = stage.commands.at(-1)!.creationId;
        const open = () => stage.rows('creations', `id = '${creationId}'`);
        await stage.restart(70_000);
        // Auth is still down: whether it made anything cannot be known.
        expect(await open()).toHaveLength(1);
        stage.fate = 'done';
        await stage.restart();
        await eventually(async () => expect(await open()).toHaveLength(0));
        expect(stage.made.get(creationId)).toBeNull();
        expect((await made(stage.token(caller), input, key)).code).toBeUndefined();
      });

      it('finishes after a restart what auth made and nobody told of', async () => {
        stage.fate = 'unreachable';
        expect((await made(creator(), somebody({ firstName: 'Grace' }))).code).toBe('SERVICE_UNAVAILABLE');
        const { creationId, username, email } = stage.commands.at(-1)!;
        const userId = uuidv7(Date.now());
        const createdAt = stage.clock.now();
        stage.made.set(creationId, {
          userId,
          username,
          email,
          isActive: true,
          createdAt,
          roles: ['user'],
          creationId,
        });
        stage.fate = 'done';
        await stage.restart(70_000);
        await eventually(async () => {
          expect(await stage.rows('profiles', `user_id = '${userId}'`)).toMatchObject([
            { first_name: 'Grace' },
          ]);
        });
      });
    });

    describe('deleteUser', () => {
      const others = participants().filter(service => service !== 'users');
      const report = (deletionId: string, userId: string, service: string, things = 0) => {
        const data: UserDataErased = { deletionId, userId, service, erased: { things }, anonymised: {} };
        return stage.publish(userDataErased, data);
      };
      const removed = (token: string, id: string) =>
        stage.ask<{ deleteUser: Watched }>(token, remove, { id });
      const state = async (id: string, token?: string) =>
        (await stage.ask<{ deletion: Watched | null }>(token, watch, { id })).data.deletion;

      it('waits for every service of the graph', () => {
        const list = parse(readFileSync(join(__dirname, '..', '..', '..', 'rover.yaml'), 'utf8')) as {
          subgraphs: object;
        };
        expect([...participants()].sort()).toEqual(Object.keys(list.subgraphs).sort());
      });

      it('removes the profile, ends access here at once, and is completed when all have answered', async () => {
        const { userId, username } = await stage.registered();
        const token = stage.token({ userId });
        const { data } = await removed(token, userId);
        const { id, steps } = data.deleteUser;
        expect(steps.map(step => step.service)).toEqual([...participants()].sort());
        expect(steps.find(step => step.service === 'users')).toMatchObject({
          completedAt: expect.any(String),
          erased: expect.arrayContaining([{ kind: 'profiles', count: 1 }]),
        });
        await eventually(async () => {
          expect((await stage.ask(token, '{ __typename }')).code).toBe('TOKEN_REVOKED');
        }, 1_000);
        for (const entity of entities) {
          const table = getMetadataArgsStorage().tables.find(each => each.target === entity)!.name!;
          const text = JSON.stringify(await stage.rows(table));
          expect([table, text.includes(username)]).toEqual([table, false]);
          // That this id is nobody's any more is what a deletion remembers.
          expect([table, text.includes(userId) && table !== 'deletions']).toEqual([table, false]);
        }
        await eventually(() => {
          const told = stage.heard.filter(each => each.type === 'user.deletionRequested');
          expect(told.map(each => each.data)).toContainEqual({
            deletionId: id,
            userId,
            requestedAt: expect.any(Number),
          });
        });
        expect((await state(id))?.status).toBe('REQUESTED');
        await report(id, userId, 'auth', 3);
        await eventually(async () => expect((await state(id))?.status).toBe('RUNNING'));
        // Again, and later: what was said first stays.
        await report(id, userId, 'auth', 0);
        // Those that answer at once do not miss each other.
        await Promise.all(others.map(service => report(id, userId, service)));
        await eventually(async () => expect((await state(id))?.status).toBe('COMPLETED'));
        const done = (await state(id))!;
        expect(done.completedAt).not.toBeNull();
        expect(done.steps.find(step => step.service === 'auth')!.erased).toEqual([
          { kind: 'things', count: 3 },
        ]);
        const text = JSON.stringify([
          await stage.rows('deletions', `id = '${id}'`),
          await stage.rows('deletion_steps', `deletion_id = '${id}'`),
        ]);
        expect(text).not.toContain('user-');
      });

      it('stays deleted, whatever comes late', async () => {
        const registered = await stage.registered();
        const { userId } = registered;
        await removed(stage.token({ userId }), userId);
        await stage.publish(userRegistered, registered);
        await stage.publish(userActivationChanged, { userId, isActive: false });
        const other = await stage.registered();
        expect(await stage.rows('profiles', `user_id = '${userId}'`)).toEqual([]);
        expect(await stage.rows('profiles', `user_id = '${other.userId}'`)).toHaveLength(1);
      });

      it('deletes who is known to auth only, so that the registration that is on its way makes nothing', async () => {
        const userId = uuidv7(Date.now());
        expect((await removed(stage.token({ userId }), userId)).code).toBeUndefined();
        const username = 'on-its-way';
        await stage.publish(userRegistered, {
          userId,
          username,
          email: 'on@example.com',
          isActive: true,
          createdAt: Date.now(),
          roles: ['user'],
        });
        await stage.registered();
        expect(await stage.rows('profiles', `user_id = '${userId}'`)).toEqual([]);
      });

      it('is for oneself or for holders of users:delete, who get the same deletion when they ask again', async () => {
        const [{ userId }, other] = [await stage.registered(), await stage.registered()];
        expect((await removed(stage.token({ userId: other.userId }), userId)).code).toBe('NOT_FOUND');
        expect((await removed(stage.may('users:write'), userId)).code).toBe('NOT_FOUND');
        expect((await stage.ask(undefined, remove, { id: userId })).code).toBe('UNAUTHENTICATED');
        const keeper = stage.token({ userId: uuidv7(Date.now()), permissions: ['users:delete'] });
        for (const id of [uuidv7(Date.now()), 'nobody', '', '__proto__']) {
          expect((await removed(keeper, id)).code).toBe('NOT_FOUND');
        }
        const answers = await Promise.all([1, 2, 3].map(() => removed(keeper, userId)));
        const ids = new Set(answers.map(each => each.data.deleteUser.id));
        expect(ids.size).toBe(1);
        const [id] = [...ids] as [string];
        expect((await state(id, keeper))?.id).toBe(id);
        expect((await state(id, stage.may('users:delete')))?.id).toBe(id);
        expect(await state(id, stage.token({ userId: other.userId }))).toBeNull();
        expect(await state(id)).toBeNull();
        expect(await state('not-an-id', keeper)).toBeNull();
      });

      it('asks for a recent sign-in, of oneself and of others', async () => {
        const { userId } = await stage.registered();
        const long = Math.floor(stage.clock.now() / 1000) - 601;
        const stale = { claims: { auth_time: long } };
        expect((await removed(stage.token({ userId, ...stale }), userId)).code).toBe(
          'REAUTHENTICATION_REQUIRED',
        );
        expect((await removed(stage.token({ permissions: ['*'], ...stale }), userId)).code).toBe(
          'REAUTHENTICATION_REQUIRED',
        );
        expect(await stage.rows('profiles', `user_id = '${userId}'`)).toHaveLength(1);
      });

      it('keeps the last active administrator, also of two who go at once', async () => {
        const roles = ['administrator'];
        const pair = [await stage.registered({ roles }), await stage.registered({ roles })];
        const answers = await Promise.all(
          pair.map(({ userId }) => removed(stage.token({ userId, permissions: ['*'] }), userId)),
        );
        expect(answers.map(each => each.code ?? 'deleted').sort()).toEqual(['LAST_ADMINISTRATOR', 'deleted']);
      });

      it('asks again, once, when a service has not answered for ten minutes, and refuses the user after a restart', async () => {
        const { userId } = await stage.registered();
        const { data } = await removed(stage.token({ userId }), userId);
        const asked = () =>
          stage.heard.filter(
            each =>
              each.type === 'user.deletionRequested' &&
              (each.data as UserDeletionRequested).deletionId === data.deleteUser.id,
          );
        await eventually(() => expect(asked()).toHaveLength(1));
        const before = new Set(asked().map(each => each.id));
        await stage.restart(601_000);
        await eventually(() =>
          expect(asked().filter(each => !before.has(each.id)).length).toBeGreaterThan(0),
        );
        expect((await stage.ask(stage.token({ userId }), '{ __typename }')).code).toBe('TOKEN_REVOKED');
        for (const service of others) await report(data.deleteUser.id, userId, service);
        await eventually(async () => expect((await state(data.deleteUser.id))?.status).toBe('COMPLETED'));
      });
    });

    describe('exportMyData', () => {
      /** The other services, each with the handlers that they really have. */
      async function answer(exportId: string, userId: string, services: readonly string[]): Promise<void> {
        const data: PersonalData = {
          erase: async () => ({ erased: {}, anonymised: {} }),
          collect: async () => [
            { name: 'first.json', content: { of: userId } },
            { name: 'second.json', content: [] },
          ],
        };
        for (const service of services) {
          const handlers =
            service === 'auth'
              ? personalDataHandlers(service, { data, keyring: stage.keyring })
              : personalDataHandlers(service);
          const request: UserExportRequested = { exportId, userId };
          const event = {
            id: uuidv7(Date.now()),
            type: 'user.exportRequested',
            version: 1,
            source: 'users',
            occurredAt: Date.now(),
            data: request,
          };
          await handlers['user.exportRequested']!(event, {
            manager: undefined as never,
            afterCommit: () => {},
            emit: async ({ data: told }) => stage.publish(userDataExported, told),
          });
        }
      }
      const others = participants().filter(service => service !== 'users');
      const begin = (userId: string) =>
        stage.ask<{ exportMyData: Exported }>(stage.token({ userId }), exported);
      const read = async (userId: string, id: string) =>
        (await stage.ask<{ dataExport: Exported | null }>(stage.token({ userId }), readExport, { id })).data
          .dataExport;
      const ready = async (userId: string): Promise<Exported> => {
        const { data } = await begin(userId);
        const { id } = data.exportMyData;
        await answer(id, userId, others);
        let found: Exported | null = null;
        await eventually(async () => {
          found = await read(userId, id);
          expect(found?.status).toBe('READY');
        });
        return found!;
      };
      /** The link is a path at the gateway; the service answers without its name. */
      const download = (path: string) => fetch(`${stage.service.url}${path.replace('/users', '')}`);

      it('collects every service’s part, encrypted, into an archive behind a signed link', async () => {
        const { userId, username } = await stage.registered();
        await stage.ask(
          stage.token({ userId }),
          'mutation ($id: ID!) { updateUser(id: $id, input: { phone: "+4930901820" }) { id } }',
          { id: userId },
        );
        const { data } = await begin(userId);
        const { id } = data.exportMyData;
        expect(data.exportMyData).toMatchObject({ status: 'COLLECTING', downloadPath: null });
        await answer(id, userId, ['auth']);
        await eventually(async () => {
          expect((await read(userId, id))?.waitingFor).toEqual(['files', 'monitoring', 'notifications']);
        });
        await answer(id, userId, ['files', 'monitoring', 'notifications', 'auth']);
        await eventually(async () => expect((await read(userId, id))?.status).toBe('READY'));
        const stored = JSON.stringify(await stage.rows('export_files', `export_id = '${id}'`));
        expect(stored).not.toContain(username);
        expect(stored).not.toContain('4930901820');
        const response = await download((await read(userId, id))!.downloadPath!);
        expect(response.status).toBe(200);
        expect(response.headers.get('content-type')).toBe('application/zip');
        const archive = Buffer.from(await response.arrayBuffer());
        const files = unzip(archive);
        expect([...files.keys()]).toEqual([
          'auth/first.json',
          'auth/second.json',
          'users/profile.json',
          'users/roles.json',
        ]);
        expect(JSON.parse(files.get('auth/first.json')!)).toEqual({ of: userId });
        expect(JSON.parse(files.get('users/profile.json')!)).toMatchObject({
          username,
          phone: '+4930901820',
        });
      });

      it('is shown to its owner only, and its link opens nothing else and not for long', async () => {
        const [{ userId }, other] = [await stage.registered(), await stage.registered()];
        const { id, downloadPath } = await ready(userId);
        expect(await read(other.userId, id)).toBeNull();
        const { id: otherId } = await ready(other.userId);
        const link = new URL(downloadPath!, 'http://gateway');
        const expires = link.searchParams.get('expires')!;
        const wrong = [
          `${link.pathname}`,
          `${link.pathname}?expires=${expires}`,
          downloadPath!.replace(id, otherId),
          downloadPath!.replace(expires, String(Number(expires) + 1)),
          `${downloadPath}x`,
          downloadPath!.replace(id, '%00'),
        ];
        for (const path of wrong) expect([path, (await download(path)).status]).toEqual([path, 404]);
        expect((await download(downloadPath!)).status).toBe(200);
        stage.clock.advance(25 * 60 * 60_000);
        expect((await download(downloadPath!)).status).toBe(404);
        expect(await read(userId, id)).toBeNull();
        await stage.restart();
        await eventually(async () =>
          expect(await stage.rows('export_files', `export_id = '${id}'`)).toEqual([]),
        );
      });

      it('makes one at a time, and three an hour', async () => {
        const { userId } = await stage.registered();
        const { data } = await begin(userId);
        const { id } = data.exportMyData;
        expect(await begin(userId)).toMatchObject({ code: 'EXPORT_RUNNING', details: { exportId: id } });
        await answer(id, userId, others);
        await eventually(async () => expect((await read(userId, id))?.status).toBe('READY'));
        await ready(userId);
        await ready(userId);
        expect(await begin(userId)).toMatchObject({ code: 'TOO_MANY_EXPORTS' });
        stage.clock.advance(61 * 60_000);
        expect((await begin(userId)).code).toBeUndefined();
      });

      it('goes with its user, and what arrives late is not kept', async () => {
        const { userId } = await stage.registered();
        const { downloadPath } = await ready(userId);
        const late = await stage.registered();
        const { data } = await begin(late.userId);
        for (const id of [userId, late.userId]) await stage.ask(stage.token({ userId: id }), remove, { id });
        expect((await download(downloadPath!)).status).toBe(404);
        await answer(data.exportMyData.id, late.userId, others);
        await stage.registered();
        for (const id of [userId, late.userId]) {
          expect(await stage.rows('exports', `user_id = '${id}'`)).toEqual([]);
        }
        expect(await stage.rows('export_files', `export_id = '${data.exportMyData.id}'`)).toEqual([]);
      });
    });
  });
}

/** Name → text of each file, read from the central directory (APPNOTE.TXT §4.3.12). */
function unzip(archive: Buffer): Map<string, string> {
  const end = archive.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  const files = new Map<string, string>();
  let at = archive.readUInt32LE(end + 16);
  for (let count = archive.readUInt16LE(end + 10); count > 0; count--) {
    const [method, size] = [archive.readUInt16LE(at + 10), archive.readUInt32LE(at + 20)];
    const nameLength = archive.readUInt16LE(at + 28);
    const name = archive.toString('utf8', at + 46, at + 46 + nameLength);
    const local = archive.readUInt32LE(at + 42);
    const from = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
    const bytes = archive.subarray(from, from + size);
    files.set(name, (method === 8 ? inflateRawSync(bytes) : bytes).toString('utf8'));
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  return files;
}
