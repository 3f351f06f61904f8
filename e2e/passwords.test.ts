import { createDecipheriv } from 'node:crypto';
import {
  administratorToken,
  data,
  eventually,
  failure,
  redisUrl,
  rest,
  somebody,
  urls,
  withinASecond,
} from './client';
import {
  ChangePasswordDocument,
  MySecurityEventsDocument,
  RequestPasswordResetDocument,
  ResetPasswordDocument,
  VerifyEmailDocument,
} from './graphql/graphql';
import { encryptionKey, shape } from './plinth';

const another = 'another long enough secret';

async function signIn(username: string, password: string) {
  const { status, body } = await rest('POST', '/auth/login', { body: { username, password } });
  return { status, token: body['access_token'] as unknown as string };
}

async function trailOf(token: string) {
  const { me } = await data(MySecurityEventsDocument, { first: 100 }, token);
  return me.securityEvents.nodes;
}

describe('passwords and emails (A11)', () => {
  it('change, which ends the other sessions on every server within a second', async () => {
    const ada = await somebody();
    const here = await signIn(ada.username, ada.password);
    expect(
      await failure(
        ChangePasswordDocument,
        { currentPassword: 'not the right one', newPassword: another },
        here.token,
      ),
    ).toBe('INVALID_CREDENTIALS');
    expect(
      await failure(
        ChangePasswordDocument,
        { currentPassword: ada.password, newPassword: '12345678' },
        here.token,
      ),
    ).toBe('VALIDATION_FAILED');
    const { changePassword } = await data(
      ChangePasswordDocument,
      { currentPassword: ada.password, newPassword: another },
      here.token,
    );
    expect(changePassword).toBe(true);
    for (const [at, path] of [
      [urls.gateway, '/auth/me'],
      [urls.auth, '/me'],
      [urls.users, `/${ada.id}`],
    ] as const) {
      await withinASecond(async () => {
        const refused = await rest('GET', path, { token: ada.accessToken, at });
        expect([refused.status, refused.body['error']]).toEqual([401, 'TOKEN_REVOKED']);
      });
    }
    expect((await rest('GET', '/auth/me', { token: here.token })).status).toBe(200);
    expect((await signIn(ada.username, ada.password)).status).toBe(401);
    expect((await signIn(ada.username, another)).status).toBe(200);
  });

  it('are asked for anew alike, whether the address has an account or not', async () => {
    const ada = await somebody();
    for (const email of [ada.email, `nobody-${Date.now()}@example.com`]) {
      expect(await data(RequestPasswordResetDocument, { email })).toEqual({ requestPasswordReset: true });
    }
    expect(await failure(RequestPasswordResetDocument, { email: 'nonsense' })).toBe('VALIDATION_FAILED');
    for (const token of ['', 'nonsense', 'x'.repeat(4_096), ada.accessToken, `${'A'.repeat(42)}\u0000`]) {
      expect(await failure(ResetPasswordDocument, { token, newPassword: another })).toBe(
        'ACCOUNT_TOKEN_INVALID',
      );
      expect(await failure(VerifyEmailDocument, { token })).toBe('ACCOUNT_TOKEN_INVALID');
    }
    expect((await signIn(ada.username, ada.password)).status).toBe(200);
  });

  // Between the processes events pass through Redis, where the notifications service will find them; in one process
  // nothing outside can listen, and password-resets.contract.test.ts tests it at the service itself.
  if (shape === 'services') {
    it('are reset with the link of a mail, which the event of the bus makes possible and does not show', async () => {
      const ada = await somebody();
      const mailedToken = async (type: string) => {
        const { Redis } = await import('ioredis');
        const redis = new Redis(redisUrl!);
        try {
          return await eventually(async () => {
            const entries = await redis.xrange('plinth:events', '-', '+');
            const event = entries
              .map(([, fields]) => JSON.parse(fields[fields.indexOf('event') + 1]!) as MailedEvent)
              .find(each => each.type === type && each.data.userId === ada.id);
            return opened(event!.data.sealedToken, `event:${type}:${ada.id}`);
          });
        } finally {
          redis.disconnect();
        }
      };
      const verification = await mailedToken('account.emailVerificationRequested');
      expect(await data(VerifyEmailDocument, { token: verification })).toEqual({ verifyEmail: true });
      await data(RequestPasswordResetDocument, { email: ada.email });
      const token = await mailedToken('account.passwordResetRequested');
      const reset = { token, newPassword: another };
      expect(await data(ResetPasswordDocument, reset)).toEqual({ resetPassword: true });
      expect(await failure(ResetPasswordDocument, reset)).toBe('ACCOUNT_TOKEN_INVALID');
      for (const at of [urls.gateway, urls.users]) {
        await withinASecond(async () => {
          const path = at === urls.gateway ? `/users/${ada.id}` : `/${ada.id}`;
          expect((await rest('GET', path, { token: ada.accessToken, at })).status).toBe(401);
        });
      }
      expect((await signIn(ada.username, ada.password)).status).toBe(401);
      const { token: fresh } = await signIn(ada.username, another);
      expect((await trailOf(fresh)).map(({ type }) => type)).toEqual(
        expect.arrayContaining(['PASSWORD_RESET', 'PASSWORD_RESET_REQUESTED', 'EMAIL_VERIFIED']),
      );
    });
  }
});

describe('the trail of security events (A13)', () => {
  it('shows the owner what was done, from where, under the trace of the request', async () => {
    const ada = await somebody();
    const login = await rest('POST', '/auth/login', {
      body: { username: ada.username, password: 'not the right one' },
      headers: { 'user-agent': 'curl/8.0' },
    });
    const { token } = await signIn(ada.username, ada.password);
    const trail = await trailOf(token);
    expect(trail.map(({ type }) => type)).toEqual(['SIGNED_IN', 'SIGN_IN_FAILED', 'REGISTERED']);
    expect(trail[1]).toMatchObject({
      address: '127.0.0.1',
      device: 'curl',
      traceId: login.body['trace_id'],
      actorId: null,
    });
  });

  it('shows an auditor everybody’s, with who did it', async () => {
    const root = await administratorToken();
    const ada = await somebody();
    const { me } = await data<{ me: { id: string } }, object>('{ me { id } }', {}, root);
    await data('mutation ($id: ID!) { deactivateUser(id: $id) { id } }', { id: ada.id }, root);
    const { securityEvents } = await data<
      { securityEvents: { nodes: { type: string; userId: string; actorId: string | null }[] } },
      object
    >(
      'query ($id: ID!) { securityEvents(filter: { userId: $id, type: SUSPENDED }) { nodes { type userId actorId } } }',
      { id: ada.id },
      root,
    );
    expect(securityEvents.nodes).toEqual([{ type: 'SUSPENDED', userId: ada.id, actorId: me.id }]);
  });
});

interface MailedEvent {
  type: string;
  data: { userId: string; sealedToken: string };
}

/** Opens what was sealed, by the format alone: `v1.<key id>.<iv>.<ciphertext and tag>`, AES-256-GCM. */
function opened(sealed: string, context: string): string {
  const [version, keyId, iv, text] = sealed.split('.') as [string, string, string, string];
  const bytes = Buffer.from(text, 'base64url');
  const decipher = createDecipheriv('aes-256-gcm', encryptionKey, Buffer.from(iv, 'base64url'));
  decipher.setAAD(Buffer.from(`${version}.${keyId}.${context}`));
  decipher.setAuthTag(bytes.subarray(-16));
  return decipher.update(bytes.subarray(0, -16), undefined, 'utf8') + decipher.final('utf8');
}
