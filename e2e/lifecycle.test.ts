import { randomBytes, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inflateRawSync } from 'node:zlib';
import {
  administratorToken,
  data,
  eventually,
  failure,
  type Person,
  rest,
  send,
  somebody,
  urls,
  withinASecond,
} from './client';
import { uploadFile } from './file-client';
import {
  CreateUserDocument,
  DeleteUserDocument,
  ExportMyDataDocument,
  ReadExportDocument,
  ReadUserDocument,
  WatchDeletionDocument,
} from './graphql/graphql';
import { type Plinth, services, shape, startPlinth } from './plinth';

const password = 'the engine weaves algebraic patterns';

function newUser(more: Record<string, unknown> = {}) {
  const username = `u${Date.now().toString(36)}${Math.floor(Math.random() * 1e6).toString(36)}`;
  return { username, email: `${username}@example.com`, password, ...more };
}

const logIn = (username: string, at?: string) =>
  rest('POST', '/auth/login', { body: { username, password }, ...(at === undefined ? {} : { at }) });

/** Somebody whose profile has arrived. */
async function settled(at: string): Promise<Person> {
  const person = await somebody(at);
  await eventually(async () => {
    const { me } = await data<{ me: { profile: unknown } }, object>(
      '{ me { profile { id } } }',
      {},
      person.accessToken,
      at,
    );
    expect(me.profile).not.toBeNull();
  });
  return person;
}

describe('creating users (U2)', () => {
  it('makes an account and a profile at once, over REST and GraphQL, and the same answer for the same key', async () => {
    const root = await administratorToken();
    const body = newUser({
      first_name: 'Ada',
      phone: '+4930901820',
      roles: ['user'],
      metadata: { team: 'engine' },
    });
    const headers = { 'idempotency-key': randomUUID() };
    const created = await rest('POST', '/users', { token: root, body, headers });
    expect(created.status).toBe(201);
    expect(created.body).toEqual({
      id: expect.any(String),
      username: body.username,
      email: body.email,
      is_active: true,
      profile: {
        first_name: 'Ada',
        last_name: null,
        phone: '+4930901820',
        locale: null,
        time_zone: null,
        avatar_url: null,
        metadata: { team: 'engine' },
      },
      roles: ['user'],
      permissions: [],
    });
    expect((await logIn(body.email)).status).toBe(200);
    const again = await rest('POST', '/users', { token: root, body, headers });
    expect([again.status, again.body]).toEqual([201, created.body]);
    const other = await rest('POST', '/users', {
      token: root,
      body: { ...body, password: `${password}!` },
      headers,
    });
    expect([other.status, other.body['error']]).toEqual([409, 'IDEMPOTENCY_KEY_REUSED']);

    const input = newUser({ lastName: 'Lovelace' });
    const { createUser } = await data(CreateUserDocument, { input }, root);
    expect(createUser).toMatchObject({
      username: input.username,
      profile: { lastName: 'Lovelace' },
      roles: [{ name: 'user' }],
    });
  });

  it('gives a role that works at the first sign-in', async () => {
    const root = await administratorToken();
    const input = newUser({ roles: ['administrator'] });
    const { createUser } = await data(CreateUserDocument, { input }, root);
    expect(createUser.permissions).toEqual(['*']);
    await withinASecond(async () => {
      const token = (await logIn(input.username)).body['access_token'] as unknown as string;
      expect((await rest('GET', '/users', { token })).status).toBe(200);
    });
  });

  it('refuses what is wrong in either service with every field, and what is taken', async () => {
    const root = await administratorToken();
    const { status, body } = await rest('POST', '/users', {
      token: root,
      body: { username: 'x', email: 'nobody', password: 'short', phone: 'call me', roles: ['nobody-has'] },
    });
    expect([status, body['error']]).toEqual([422, 'VALIDATION_FAILED']);
    const fields = new Set((body['details'] as unknown as { field: string }[]).map(each => each.field));
    expect([...fields].sort()).toEqual(['email', 'password', 'phone', 'roles', 'username']);
    const person = await somebody();
    const taken = await rest('POST', '/users', { token: root, body: newUser({ username: person.username }) });
    expect([taken.status, taken.body['error']]).toEqual([409, 'USERNAME_TAKEN']);
    expect((await rest('POST', '/users', { token: person.accessToken, body: newUser() })).status).toBe(403);
    expect((await rest('POST', '/users', { body: newUser() })).status).toBe(401);
  });
});

describe('deleting users (U5)', () => {
  it('ends everything somebody held at once, and shows them how it goes on until nothing is left', async () => {
    const ada = await settled(urls.gateway);
    const root = await administratorToken();
    const { deleteUser } = await data(DeleteUserDocument, { id: ada.id }, ada.accessToken);
    await withinASecond(async () => {
      for (const service of services) {
        const { status } = await send('{ __typename }', {}, { token: ada.accessToken, at: urls[service] });
        expect([service, status]).toEqual([service, 401]);
      }
    });
    expect((await rest('POST', '/auth/refresh', { body: { refresh_token: ada.refreshToken } })).status).toBe(
      401,
    );
    await eventually(async () => {
      // Without a token: there is none any more.
      const { deletion } = await data(WatchDeletionDocument, { id: deleteUser.id });
      expect(deletion).toMatchObject({ status: 'COMPLETED', completedAt: expect.any(String) });
      expect(deletion!.steps.map(step => step.service)).toEqual(
        services.filter(each => each !== 'gateway').sort(),
      );
      const auth = deletion!.steps.find(step => step.service === 'auth')!;
      expect(auth.erased).toContainEqual({ kind: 'accounts', count: 1 });
    });
    expect((await data(ReadUserDocument, { id: ada.id }, root)).user).toBeNull();
    const login = await rest('POST', '/auth/login', {
      body: { username: ada.username, password: ada.password },
    });
    expect(login.status).toBe(401);
    // Username and email are free.
    const heir = await rest('POST', '/auth/register', {
      body: { username: ada.username, email: ada.email, password: ada.password },
    });
    expect(heir.status).toBe(201);
  });

  it('is an administrator’s right over REST, and not somebody else’s', async () => {
    const [ada, bob] = [await settled(urls.gateway), await somebody()];
    const root = await administratorToken();
    expect((await rest('DELETE', `/users/${ada.id}`, { token: bob.accessToken })).status).toBe(404);
    expect((await rest('DELETE', `/users/${ada.id}`)).status).toBe(401);
    const { status, body } = await rest('DELETE', `/users/${ada.id}`, { token: root });
    expect(status).toBe(202);
    expect(body).toEqual({
      deletion_id: expect.any(String),
      status: expect.stringMatching(/^(requested|running|completed)$/),
    });
    await withinASecond(async () => {
      expect((await rest('GET', '/auth/me', { token: ada.accessToken })).status).toBe(401);
    });
    const path = `/users/deletions/${body['deletion_id']}`;
    await eventually(async () => {
      expect((await rest('GET', path, { token: root })).body['status']).toBe('completed');
    });
    expect((await rest('GET', path, { token: bob.accessToken })).status).toBe(404);
    // Again: the same deletion, and no other harm.
    expect((await rest('DELETE', `/users/${ada.id}`, { token: root })).body).toEqual({
      deletion_id: body['deletion_id'],
      status: 'completed',
    });
    expect(await failure(DeleteUserDocument, { id: randomUUID() }, root)).toBe('NOT_FOUND');
  });
});

describe('taking one’s data along (U5)', () => {
  it('collects the data from every service and serves it by a signed link at the gateway', async () => {
    const ada = await settled(urls.gateway);
    await rest('PUT', `/users/${ada.id}`, {
      token: ada.accessToken,
      body: { first_name: 'Ada', phone: '+4930901820' },
    });
    const photo = randomBytes(300_000);
    const stored = await uploadFile(ada.accessToken, photo, { name: 'Sommer – 1.bin' });
    const empty = await uploadFile(ada.accessToken, '', { name: 'empty.txt' });
    const deleted = await uploadFile(ada.accessToken, 'gone', { name: 'gone.txt' });
    const { exportMyData } = await data(ExportMyDataDocument, {}, ada.accessToken);
    const path = await eventually(async () => {
      const { dataExport } = await data(ReadExportDocument, { id: exportMyData.id }, ada.accessToken);
      expect(dataExport).toMatchObject({ status: 'READY', waitingFor: [] });
      return dataExport!.downloadPath!;
    });
    expect((await rest('DELETE', `/files/${deleted.id}`, { token: ada.accessToken })).status).toBe(204);
    const response = await fetch(`${urls.gateway}${path}`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/zip');
    expect(response.headers.get('content-disposition')).toContain('attachment');
    const files = unzip(Buffer.from(await response.arrayBuffer()));
    const json = (name: string) => JSON.parse(files.get(name)?.toString() ?? 'null') as unknown;
    expect(files.get(`files/contents/${stored.id}/Sommer – 1.bin`)?.equals(photo)).toBe(true);
    expect(files.get(`files/contents/${empty.id}/empty.txt`)).toHaveLength(0);
    // It was deleted since.
    const gone = `contents/${deleted.id}/gone.txt`;
    expect(files.has(`files/${gone}`)).toBe(false);
    expect(json('files/deleted-contents.json')).toEqual([{ id: deleted.id, path: gone, size: 4 }]);
    expect(json('files/files-1.json')).toContainEqual(
      expect.objectContaining({ id: stored.id, path: `contents/${stored.id}/Sommer – 1.bin` }),
    );
    expect([...files.keys()]).toEqual(
      expect.arrayContaining([
        'auth/account.json',
        'auth/sessions.json',
        'users/profile.json',
        'users/roles.json',
      ]),
    );
    expect(json('auth/account.json')).toMatchObject({ username: ada.username, email: ada.email });
    expect(json('auth/sessions.json')).toEqual([expect.objectContaining({ address: '127.0.0.1' })]);
    expect(json('users/profile.json')).toMatchObject({ firstName: 'Ada', phone: '+4930901820' });
    expect(files.get('users/roles.json')?.toString()).toContain('"user"');
    // The owner's data, not what proves who they are, and nothing of others.
    const all = [...files.values()].join('\n');
    for (const secret of ['$2b$', ada.password, ada.refreshToken, 'root@example.com']) {
      expect(all).not.toContain(secret);
    }
    expect((await fetch(`${urls.gateway}${path}x`)).status).toBe(404);
    expect((await fetch(`${urls.gateway}/users/exports/${exportMyData.id}`)).status).toBe(404);
    expect((await fetch(`${urls.gateway}/users/exports/..%2f..`)).status).toBe(404);
    const bob = await somebody();
    const { dataExport } = await data(ReadExportDocument, { id: exportMyData.id }, bob.accessToken);
    expect(dataExport).toBeNull();
  });
});

/** The files of an archive, read by its directory. */
function unzip(archive: Buffer): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  const end = archive.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    const [method, size] = [archive.readUInt16LE(at + 10), archive.readUInt32LE(at + 20)];
    const nameLength = archive.readUInt16LE(at + 28);
    const name = archive.toString('utf8', at + 46, at + 46 + nameLength);
    const local = archive.readUInt32LE(at + 42);
    const from = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
    const bytes = archive.subarray(from, from + size);
    files.set(name, method === 0 ? bytes : inflateRawSync(bytes));
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  return files;
}

/** Stands in front of auth, and can end the users service at a moment of the command that it sends there. */
class CommandProxy {
  target = '';
  /** Taken once. */
  moment: { when: 'before' | 'after'; deed: () => Promise<void> } | undefined;
  private readonly server: Server;

  private constructor() {
    this.server = createServer((incoming, outgoing) => void this.pass(incoming, outgoing));
  }

  static async start(): Promise<CommandProxy> {
    const proxy = new CommandProxy();
    await new Promise<void>(resolve => proxy.server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private async pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of incoming) chunks.push(chunk as Buffer);
    } catch {
      // The user who asked is deleted.
      return;
    }
    // Monitoring asks before auth is there.
    if (this.target === '') return void outgoing.writeHead(503).end();
    const moment = incoming.url === '/commands/create-account' ? this.moment : undefined;
    if (moment !== undefined) this.moment = undefined;
    if (moment?.when === 'before') {
      await moment.deed();
      outgoing.destroy();
      return;
    }
    const forward = request(
      new URL(incoming.url ?? '/', this.target),
      { method: incoming.method, headers: incoming.headers },
      async answer => {
        const body: Buffer[] = [];
        for await (const chunk of answer) body.push(chunk as Buffer);
        if (moment !== undefined) {
          await moment.deed();
          outgoing.destroy();
          return;
        }
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        outgoing.end(Buffer.concat(body));
      },
    );
    forward.on('error', () => outgoing.destroy());
    forward.end(Buffer.concat(chunks));
  }
}

describe('a crash between the steps', () => {
  let proxy: CommandProxy;
  let plinth: Plinth;
  let at: string;

  beforeAll(async () => {
    proxy = await CommandProxy.start();
    plinth = await startPlinth({ AUTH_URL: proxy.url });
    proxy.target = plinth.urls.auth;
    at = plinth.urls.gateway;
  });

  afterAll(async () => {
    await plinth.close();
    proxy.close();
  });

  /** Sends the command and kills users (in one process: everything) at that moment of it. */
  async function crashed(
    when: 'before' | 'after',
    body: object,
    headers: Record<string, string>,
  ): Promise<void> {
    const root = await eventually(() => administratorToken(at));
    const killed = new Promise<void>(resolve => {
      proxy.moment = { when, deed: () => plinth.kill('users').then(resolve) };
    });
    const answer = rest('POST', '/users', { at, token: root, body, headers }).catch(() => undefined);
    await killed;
    expect((await answer)?.status ?? 503).toBe(503);
    await plinth.restart('users');
  }

  it('of creating a user leaves no user when auth did not get the command, and the same key then creates one', async () => {
    const body = newUser({ first_name: 'Ada' });
    const headers = { 'idempotency-key': randomUUID() };
    await crashed('before', body, headers);
    expect((await logIn(body.username, at)).status).toBe(401);
    const created = await eventually(async () => {
      const answer = await rest('POST', '/users', { at, token: await administratorToken(at), body, headers });
      expect(answer.status).toBe(201);
      return answer;
    });
    expect(created.body).toMatchObject({ username: body.username, profile: { first_name: 'Ada' } });
  });

  it('of creating a user completes the one that auth made, and the same key then finds it', async () => {
    const body = newUser({ first_name: 'Grace', phone: '+4930901820', metadata: { rank: 1 } });
    const headers = { 'idempotency-key': randomUUID() };
    await crashed('after', body, headers);
    const { id } = (await eventually(async () => {
      const answer = await logIn(body.username, at);
      expect(answer.status).toBe(200);
      return answer.body['user'] as unknown as { id: string };
    })) as { id: string };
    const root = await eventually(() => administratorToken(at));
    const whole = {
      id,
      profile: {
        first_name: 'Grace',
        last_name: null,
        phone: '+4930901820',
        locale: null,
        time_zone: null,
        avatar_url: null,
        metadata: { rank: 1 },
      },
      roles: ['user'],
    };
    await eventually(async () => {
      expect((await rest('GET', `/users/${id}`, { at, token: root })).body).toMatchObject(whole);
    });
    const again = await rest('POST', '/users', { at, token: root, body, headers });
    expect([again.status, again.body]).toEqual([201, expect.objectContaining(whole)]);
  });

  it('of deleting users loses no deletion that was acknowledged, and half deletes nobody', async () => {
    for (let round = 0; round < 5; round++) {
      const people = await Promise.all(Array.from({ length: 4 }, () => settled(at)));
      const acknowledged = new Map<string, string>();
      const deletions = people.map(async person => {
        const answer = await rest('DELETE', `/users/${person.id}`, { at, token: person.accessToken }).catch(
          () => undefined,
        );
        if (answer?.status === 202)
          acknowledged.set(person.id, answer.body['deletion_id'] as unknown as string);
      });
      await Promise.race([...deletions, new Promise(resolve => setTimeout(resolve, 20 * round))]);
      const victim = round % 2 === 0 ? 'users' : 'auth';
      await plinth.kill(victim);
      await Promise.all(deletions);
      await plinth.restart(victim);
      const root = await eventually(() => administratorToken(at));
      for (const person of people) {
        const id = acknowledged.get(person.id);
        if (id !== undefined) {
          expect((await rest('GET', '/auth/me', { at, token: person.accessToken })).status).toBe(401);
        }
        // Whatever was noted is completed; asked again it answers the same.
        await eventually(async () => {
          const answer = await rest('DELETE', `/users/${person.id}`, { at, token: root });
          expect(answer.body).toMatchObject({
            status: 'completed',
            ...(id === undefined ? {} : { deletion_id: id }),
          });
        });
        const login = await rest('POST', '/auth/login', {
          at,
          body: { username: person.username, password: person.password },
        });
        expect(login.status).toBe(401);
      }
    }
  }, 180_000);

  // In one process nothing can be down by itself.
  if (shape === 'services') {
    it('waits for services that are down, and has ended all access meanwhile', async () => {
      const ada = await settled(at);
      const others = ['gateway', 'users', 'files', 'monitoring'] as const;
      const statusAt = async (service: (typeof others)[number]) =>
        (await send('{ __typename }', {}, { token: ada.accessToken, at: plinth.urls[service] })).status;
      // So that each knows the keys that tokens are signed with.
      for (const service of others) expect([service, await statusAt(service)]).toEqual([service, 200]);
      await Promise.all([plinth.kill('auth'), plinth.kill('notifications')]);
      const { deleteUser } = await data(DeleteUserDocument, { id: ada.id }, ada.accessToken, at);
      await withinASecond(async () => {
        for (const service of others) expect([service, await statusAt(service)]).toEqual([service, 401]);
      });
      const watched = async () =>
        (await data(WatchDeletionDocument, { id: deleteUser.id }, undefined, at)).deletion!;
      await eventually(async () => {
        const { steps, status } = await watched();
        expect(status).toBe('RUNNING');
        expect(steps.filter(step => step.completedAt === null).map(step => step.service)).toEqual([
          'auth',
          'notifications',
        ]);
      });
      await plinth.restart('auth');
      await plinth.restart('notifications');
      await eventually(async () => expect((await watched()).status).toBe('COMPLETED'));
      const login = await rest('POST', '/auth/login', {
        at,
        body: { username: ada.username, password: ada.password },
      });
      expect(login.status).toBe(401);
    });
  }

  it('writes no password, no phone number and no signature of a link into its log', () => {
    const output = plinth.output();
    expect(output).toContain('"message":"request"');
    for (const secret of [password, '+4930901820', 'Plinth-Service']) expect(output).not.toContain(secret);
  });
});
