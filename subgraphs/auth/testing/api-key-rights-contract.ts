import { eventually } from '../../../platform/testing/eventually';
import { type Person, type Servers, Stage } from './stage';

/** An API key never has more rights than the account that created it has now. */
export function apiKeyRightsContract(name: string, servers?: () => Servers): void {
  describe(`Rights of API keys on ${name}`, () => {
    let stage: Stage;
    let reader: Person;

    beforeAll(async () => {
      stage = await Stage.start(servers?.());
      reader = await stage.somebody();
    }, 60_000);
    afterAll(() => stage.stop());

    const create = `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key apiKey { id } } }`;
    const keyOf = async ({ accessToken }: Person, ...scopes: string[]): Promise<string> => {
      const { data } = await stage.ask<{ createApiKey: { key: string } }>(accessToken, create, {
        input: { name: 'a script', scopes },
      });
      return data.createApiKey.key;
    };
    const read = async (key: string, query = '{ username }'): Promise<[number, unknown]> => {
      const response = await fetch(`${stage.service.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-api-key': key },
        body: JSON.stringify({
          query: `query ($r: [_Any!]!) { _entities(representations: $r) { ... on User ${query} } }`,
          variables: { r: [{ __typename: 'User', id: reader.id }] },
        }),
      });
      const body = (await response.json()) as { data?: { _entities: unknown[] } };
      return [response.status, body.data?._entities[0]];
    };

    it('end when the role that granted them is removed from the account', async () => {
      const owner = await stage.permitted('api-keys:write', 'users:read');
      const key = await keyOf(owner, 'users:read');
      expect(await read(key)).toEqual([200, { username: reader.username }]);
      await stage.giveAccess(owner.id, ['user'], []);
      await eventually(async () => expect(await read(key)).toEqual([200, null]));
    });

    it('shrink to the part of a wildcard that the account still has', async () => {
      const owner = await stage.permitted('api-keys:write', 'users:*', 'sessions:read');
      const key = await keyOf(owner, 'users:*');
      await stage.giveAccess(owner.id, ['reader'], ['users:read']);
      await eventually(async () => {
        expect(await read(key)).toEqual([200, { username: reader.username }]);
        expect(await read(key, '{ totpEnabled }')).toEqual([200, { totpEnabled: null }]);
      });
    });

    it('do not exceed the account for a key that no server has seen before', async () => {
      const owner = await stage.permitted('api-keys:write', 'users:read');
      const key = await keyOf(owner, 'users:read');
      await stage.giveAccess(owner.id, ['user'], []);
      expect(await stage.rest('POST', '/api-keys/introspect', { body: { key } })).toMatchObject({
        status: 200,
        body: { scopes: [] },
      });
    });

    it('end for good when the account is suspended, and both are recorded', async () => {
      const owner = await stage.permitted('api-keys:write', 'users:read', 'users:activate');
      const key = await keyOf(owner, 'users:read', 'users:activate');
      expect((await read(key))[0]).toBe(200);
      const admin = await stage.permitted('users:activate', 'security-events:read');
      const suspend = 'mutation ($id: ID!) { deactivateUser(id: $id) { id } }';
      expect((await stage.ask(admin.accessToken, suspend, { id: owner.id })).code).toBeUndefined();
      await eventually(async () => expect((await read(key))[0]).toBe(401));
      const reactivate = 'mutation ($id: ID!) { reactivateUser(id: $id) { id } }';
      expect((await stage.ask(admin.accessToken, reactivate, { id: owner.id })).code).toBeUndefined();
      expect((await read(key))[0]).toBe(401);
      const events = await stage.rows('security_events', `account_id = '${owner.id}'`);
      expect(events.map(event => [event['type'], event['actor_id']])).toEqual(
        expect.arrayContaining([
          ['API_KEY_REVOKED', admin.id],
          ['SUSPENDED', admin.id],
        ]),
      );
    });

    it('are created only after a recent sign-in', async () => {
      const owner = await stage.permitted('api-keys:write', 'users:read');
      stage.clock.advance(11 * 60_000);
      const input = { name: 'a script', scopes: ['users:read'] };
      const refused = await stage.ask(owner.accessToken, create, { input });
      expect(refused.code).toBe('REAUTHENTICATION_REQUIRED');
    });
  });
}
