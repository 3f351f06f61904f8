import { randomUUID } from 'node:crypto';
import { getMetadataArgsStorage } from 'typeorm';
import { Keyring } from '../../../platform/security/keyring';
import { ServiceCommands } from '../../../platform/service-commands';
import { eventually } from '../../../platform/testing/eventually';
import type { UserRegistered } from '../events';
import { entities } from '../tables';
import { type Servers, Stage } from './stage';

const password = 'the engine weaves algebraic patterns';
let people = 0;

/** What holds of accounts that another service has made and deleted, on every database and bus. */
export function lifecycleContract(kind: string, servers: () => Servers | undefined): void {
  describe(`lifecycle of accounts (${kind})`, () => {
    const keys = Keyring.generate('lifecycle');
    const keyring = new Keyring(keys);
    let stage: Stage;
    let commands: ServiceCommands;

    beforeAll(async () => {
      stage = await Stage.start(servers(), { ENCRYPTION_KEYS: keys });
      commands = new ServiceCommands(stage.service.url, keyring, stage.clock);
    });
    afterAll(() => stage.stop());

    const command = (more: Record<string, unknown> = {}) => {
      people += 1;
      const username = `made-${people}-${Date.now().toString(36)}`;
      return {
        creationId: randomUUID(),
        username,
        email: `${username}@example.com`,
        password: password as string | undefined,
        roles: ['user'],
        actorId: randomUUID(),
        client: { address: '203.0.113.7', userAgent: 'tests' },
        ...more,
      };
    };
    const create = async (input: object) =>
      (await commands.send('/commands/create-account', input)) as UserRegistered;
    const cancel = async (creationId: string) =>
      ((await commands.send('/commands/cancel-account', { creationId })) as { made: UserRegistered | null })
        .made;
    const registrations = (userId: string) =>
      stage.announced.filter(
        each => each.type === 'user.registered' && (each.data as UserRegistered).userId === userId,
      );

    describe('the command to make an account', () => {
      it('makes one that signs in, with its owner’s event, trail and a mail that verifies the address', async () => {
        const input = command({ roles: ['user', 'editor'] });
        const made = await create(input);
        expect(made).toEqual({
          userId: expect.any(String),
          username: input.username,
          email: input.email,
          isActive: true,
          createdAt: expect.any(Number),
          roles: ['user', 'editor'],
          creationId: input.creationId,
        });
        await stage.logIn({ username: input.username, password });
        expect(await stage.rows('account_tokens', `account_id = '${made.userId}'`)).toMatchObject([
          { purpose: 'verify-email' },
        ]);
        expect(
          await stage.rows('security_events', `account_id = '${made.userId}' AND type = 'REGISTERED'`),
        ).toMatchObject([{ actor_id: input.actorId, address: '203.0.113.7' }]);
        expect(JSON.stringify(await stage.rows('account_creations'))).not.toContain(password);
      });

      it('invites the owner where it has no password, and then nobody signs in until they choose one', async () => {
        const { password: _, ...input } = command();
        const { userId } = await create(input);
        expect(await stage.rows('account_tokens', `account_id = '${userId}'`)).toMatchObject([
          { purpose: 'invitation' },
        ]);
        expect((await stage.logInRest(input.username, password)).status).toBe(401);
      });

      it('makes one account however often and however quickly it comes, and one only for the same', async () => {
        const input = command();
        const made = await Promise.all(Array.from({ length: 5 }, () => create(input)));
        expect(new Set(made.map(each => each.userId)).size).toBe(1);
        for (const other of [
          { password: 'another long secret' },
          { password: undefined },
          { email: 'other@example.com' },
          { roles: ['administrator'] },
        ]) {
          await expect(create({ ...input, ...other })).rejects.toMatchObject({
            code: 'IDEMPOTENCY_KEY_REUSED',
            status: 409,
          });
        }
        expect(await create(input)).toEqual(made[0]);
      });

      it('is refused as a registration is, and makes nothing then', async () => {
        const taken = command();
        await create(taken);
        const refused: [object, string][] = [
          [command({ username: 'x', password: 'short' }), 'VALIDATION_FAILED'],
          [command({ username: taken.username.toUpperCase() }), 'USERNAME_TAKEN'],
          [command({ username: 'admin' }), 'USERNAME_TAKEN'],
          [command({ email: taken.email }), 'EMAIL_TAKEN'],
        ];
        for (const [input, code] of refused) {
          await expect(create(input)).rejects.toMatchObject({ code });
          const { creationId } = input as { creationId: string };
          expect(await stage.rows('account_creations', `creation_id = '${creationId}'`)).toEqual([]);
        }
        expect(
          await commands.send('/commands/check-account', { username: 'x', email: 'y', password: 'short' }),
        ).toMatchObject({ mistakes: [{ field: 'username' }, { field: 'email' }, { field: 'password' }] });
      });

      it('makes nothing after it was called off, and cannot be called off after it has', async () => {
        const late = command();
        expect(await cancel(late.creationId)).toBeNull();
        await expect(create(late)).rejects.toMatchObject({ code: 'CREATION_CANCELLED' });
        expect(await cancel(late.creationId)).toBeNull();
        const made = await create(command());
        expect(await cancel(made.creationId!)).toEqual(made);
        // At once: either way, both say the same.
        for (let round = 0; round < 5; round++) {
          const input = command();
          const [created, cancelled] = await Promise.allSettled([create(input), cancel(input.creationId)]);
          const accounts = await stage.rows('accounts', `username = '${input.username}'`);
          expect(accounts).toHaveLength(created.status === 'fulfilled' ? 1 : 0);
          if (cancelled.status === 'fulfilled' && cancelled.value !== null) expect(accounts).toHaveLength(1);
          if (cancelled.status === 'fulfilled' && cancelled.value === null) expect(accounts).toHaveLength(0);
        }
      });

      it('is obeyed to services only', async () => {
        const root = await stage.permitted('*');
        for (const path of ['create-account', 'cancel-account', 'check-account']) {
          const { status } = await stage.rest('POST', `/commands/${path}`, {
            token: root.accessToken,
            body: command(),
          });
          expect(status).toBe(401);
        }
        const stranger = new ServiceCommands(stage.service.url, new Keyring(Keyring.generate()), stage.clock);
        await expect(stranger.send('/commands/create-account', command())).rejects.toThrow('ENCRYPTION_KEYS');
      });
    });

    describe('a deletion', () => {
      const erase = (userId: string) =>
        stage.publish('user.deletionRequested', {
          deletionId: randomUUID(),
          userId,
          requestedAt: Date.now(),
        });

      it('leaves nothing in any table that leads to the person, and frees username and email', async () => {
        const input = command();
        const { userId } = await create(input);
        const { accessToken, refreshToken } = await stage.logIn({ username: input.username, password });
        await stage.logInRest(input.username, 'a wrong password');
        await erase(userId);
        await eventually(async () => expect(await stage.rows('accounts', `id = '${userId}'`)).toEqual([]));
        expect((await stage.me(accessToken))[0]).toBe(401);
        expect((await stage.refresh(refreshToken)).status).toBe(401);
        expect((await stage.logInRest(input.username, password)).status).toBe(401);
        for (const entity of entities) {
          const table = getMetadataArgsStorage().tables.find(each => each.target === entity)!.name!;
          const text = JSON.stringify(await stage.rows(table));
          expect([table, text.includes(input.username)]).toEqual([table, false]);
          // The command's record says which account it made, so that the command makes no other.
          const mayName = table === 'account_creations';
          expect([table, text.includes(userId) && !mayName]).toEqual([table, false]);
        }
        await expect(create(input)).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
        await stage.somebody({ username: input.username, email: input.email });
      });

      it('ends the API keys that the user made', async () => {
        const root = await stage.permitted('*');
        const { data } = await stage.ask<{ createApiKey: { key: string } }>(
          root.accessToken,
          'mutation { createApiKey(input: { name: "script", scopes: ["api-keys:read"] }) { key } }',
        );
        const key = data.createApiKey.key;
        const used = async () => {
          const response = await fetch(`${stage.service.url}/graphql`, {
            method: 'POST',
            headers: { 'content-type': 'application/json', 'x-api-key': key },
            body: '{"query":"{ apiKeys { nodes { id } } }"}',
          });
          return response.status;
        };
        expect(await used()).toBe(200);
        await erase(root.id);
        await eventually(async () => expect(await used()).toBe(401), 1_000);
      });

      it('does no harm a second time, nor does what comes late', async () => {
        const { id } = await stage.somebody();
        await erase(id);
        await erase(id);
        await stage.publish('user.rolesChanged', {
          changes: [{ userId: id, roles: ['administrator'], permissions: ['*'] }],
        });
        await eventually(async () => expect(await stage.rows('accounts', `id = '${id}'`)).toEqual([]));
        await stage.somebody();
        expect(registrations(id).length).toBeLessThanOrEqual(1);
        expect(await stage.rows('accounts', `id = '${id}'`)).toEqual([]);
      });
    });
  });
}
