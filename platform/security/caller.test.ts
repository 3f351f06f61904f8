import { Authenticated, anonymous, requireRecent } from './caller';

describe('step-up', () => {
  const now = 1_800_000_000_000;
  const caller = (authenticatedAt: number | undefined, kind: 'user' | 'service' = 'user') =>
    new Authenticated({ kind, id: 'ada', authenticatedAt, permissions: [], isCurrent: () => true });

  it('lets a sign-in of the last ten minutes through, and no older one', () => {
    expect(() => requireRecent(caller(now / 1000 - 600), now)).not.toThrow();
    expect(() => requireRecent(caller(now / 1000 - 601), now)).toThrow(
      expect.objectContaining({
        code: 'REAUTHENTICATION_REQUIRED',
        status: 401,
        details: { maxAgeSeconds: 600 },
      }),
    );
  });

  it('takes a token that does not say when, and nobody, for not recent', () => {
    expect(() => requireRecent(caller(undefined), now)).toThrow('recent sign-in');
    expect(() => requireRecent(anonymous, now)).toThrow('recent sign-in');
  });

  it('leaves an API key to its scopes', () => {
    expect(() => requireRecent(caller(undefined, 'service'), now)).not.toThrow();
  });
});
