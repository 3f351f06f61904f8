import { TestAuth } from '../testing/test-auth';

const decode = (part: string) =>
  JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;

describe('the first administrator (A14)', () => {
  it('is made once by the environment, over restarts and by instances at once', async () => {
    const first = { ADMIN_EMAIL: 'root@example.com', ADMIN_PASSWORD: 'correct horse battery staple' };
    const auth = new TestAuth(first);
    await auth.start();
    try {
      expect(await auth.service.hasAdministrator()).toBe(true);
      const { accessToken } = await auth.logIn({ username: 'admin', password: first.ADMIN_PASSWORD });
      expect(decode(accessToken.split('.')[1]!)).toMatchObject({ scope: '*', roles: ['administrator'] });
      await auth.restart();
      expect(await auth.database.rows('accounts')).toHaveLength(1);
      await auth.restart({ ADMIN_EMAIL: 'other@example.com' });
      expect(await auth.database.rows('accounts')).toHaveLength(1);
    } finally {
      await auth.close();
    }
  });

  it('is nobody by default, and nobody who registers', async () => {
    const auth = new TestAuth();
    await auth.start();
    try {
      await auth.register();
      expect(await auth.service.hasAdministrator()).toBe(false);
    } finally {
      await auth.close();
    }
  });
});
