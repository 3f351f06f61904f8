import { data, failure, rest, send, somebody, urls, withinASecond } from './client';
import { LogInDocument, MySessionsDocument, RefreshDocument, WhoAmIDocument } from './graphql/graphql';

const revokeSession = 'mutation($id: ID!) { revokeSession(id: $id) }';

/** A spent token ends its session: neither its successor nor any access token of it is accepted any more. */
async function expectFamilyRevoked(
  spent: string,
  latest: { refreshToken: string; accessToken: string },
  accessToken: string,
): Promise<void> {
  expect(await failure(RefreshDocument, { refreshToken: spent })).toBe('REFRESH_TOKEN_REUSED');
  expect(await failure(RefreshDocument, { refreshToken: latest.refreshToken })).toBe('REFRESH_TOKEN_INVALID');
  for (const token of [accessToken, latest.accessToken]) {
    for (const at of [urls.gateway, urls.auth, urls.users]) {
      await withinASecond(async () => {
        const refused = await send('{ __typename }', {}, { token, at: at! });
        expect([refused.status, refused.errors?.[0]?.extensions.code]).toEqual([401, 'TOKEN_REVOKED']);
      });
    }
  }
}

describe('sessions (A3, A4, A9)', () => {
  it('lists them, and one that is revoked ends within a second on every server', async () => {
    const ada = await somebody();
    const { login } = await data(LogInDocument, {
      input: { username: ada.username, password: ada.password },
    });
    const { me } = await data(MySessionsDocument, {}, ada.accessToken);
    expect(me.sessions).toHaveLength(2);
    const other = me.sessions.find(session => !session.isCurrent)!;
    await data(revokeSession, { id: other.id }, ada.accessToken);
    for (const at of Object.values(urls)) {
      await withinASecond(async () => {
        expect((await send('{ __typename }', {}, { token: login.accessToken, at })).status).toBe(401);
      });
    }
    expect((await data(WhoAmIDocument, {}, ada.accessToken)).me.username).toBe(ada.username);
  });

  it("does not know another person's session", async () => {
    const [ada, eve] = [await somebody(), await somebody()];
    const { me } = await data(MySessionsDocument, {}, ada.accessToken);
    expect(await failure(revokeSession, { id: me.sessions[0]!.id }, eve.accessToken)).toBe('NOT_FOUND');
    expect((await data(WhoAmIDocument, {}, ada.accessToken)).me.id).toBe(ada.id);
  });

  it('lets two tabs refresh at the same moment, and both go on', async () => {
    const { refreshToken } = await somebody();
    const [one, two] = await Promise.all([
      data(RefreshDocument, { refreshToken }),
      data(RefreshDocument, { refreshToken }),
    ]);
    for (const { refresh } of [one, two]) {
      expect((await data(WhoAmIDocument, {}, refresh.accessToken)).me.id).toBeTruthy();
    }
    expect(one.refresh.refreshToken).toBe(two.refresh.refreshToken);
  });

  it('revokes the whole family at once when a refresh token comes back that is two generations old', async () => {
    const { refreshToken, accessToken } = await somebody();
    const first = await data(RefreshDocument, { refreshToken });
    const second = await data(RefreshDocument, { refreshToken: first.refresh.refreshToken });
    await expectFamilyRevoked(refreshToken, second.refresh, accessToken);
  });

  it('revokes the whole family when a spent refresh token comes back after the grace of ten seconds', async () => {
    const { refreshToken, accessToken } = await somebody();
    const { refresh } = await data(RefreshDocument, { refreshToken });
    const again = await data(RefreshDocument, { refreshToken });
    expect(again.refresh.refreshToken).toBe(refresh.refreshToken);
    await new Promise(resolve => setTimeout(resolve, 10_100));
    await expectFamilyRevoked(refreshToken, refresh, accessToken);
  });

  it('publishes the keys that verify its tokens, and only their public halves', async () => {
    const answer = await rest('GET', '/.well-known/jwks.json', { at: urls.auth });
    const keys = answer.body['keys'] as unknown as Record<string, unknown>[];
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys) {
      expect(key).toMatchObject({ kty: 'EC', crv: 'P-256', kid: expect.any(String) });
      expect(key).not.toHaveProperty('d');
    }
  });
});
