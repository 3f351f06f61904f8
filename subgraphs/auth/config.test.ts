import { ConfigError } from '../../platform/config';
import { readAuthConfig } from './config';

const mistakes = (shape: 'embedded' | 'alone', environment: Record<string, string>): readonly string[] => {
  try {
    readAuthConfig(shape, environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes;
    throw error;
  }
  return [];
};

describe('the configuration of auth', () => {
  it('needs nothing in one process', () => {
    expect(readAuthConfig('embedded', {})).toMatchObject({
      port: 8001,
      bcryptCost: 12,
      accessTokenTtl: 900,
      refreshTokenTtl: 2_592_000,
      signingKeyRotation: 30,
    });
  });

  it('names all that a service of its own lacks', () => {
    const lines = mistakes('alone', {});
    for (const variable of ['DATABASE_URL', 'REDIS_URL', 'ENCRYPTION_KEYS']) {
      expect(lines.filter(line => line.startsWith(`${variable} is not set`))).toHaveLength(1);
    }
  });

  it('names every wrong value', () => {
    const lines = mistakes('embedded', {
      BCRYPT_COST: '3',
      ACCESS_TOKEN_TTL: '86400',
      REFRESH_TOKEN_TTL: 'a month',
      SIGNING_KEY_ROTATION: '0',
    });
    expect(lines.map(line => line.split(' ')[0])).toEqual([
      'BCRYPT_COST',
      'ACCESS_TOKEN_TTL',
      'REFRESH_TOKEN_TTL',
      'SIGNING_KEY_ROTATION',
    ]);
  });

  it('wants the first administrator whole, and shows no password', () => {
    expect(mistakes('embedded', { ADMIN_EMAIL: 'a@example.com' })).toEqual([
      'ADMIN_EMAIL is set and ADMIN_PASSWORD is not: set both',
    ]);
    expect(mistakes('embedded', { ADMIN_PASSWORD: 'hunter2hunter2' })).toEqual([
      'ADMIN_PASSWORD is set and ADMIN_EMAIL is not: set both',
    ]);
    const lines = mistakes('embedded', { ADMIN_EMAIL: 'nobody', ADMIN_PASSWORD: 'hunter2' });
    expect(lines).toEqual([
      'ADMIN_EMAIL must be an email address of at most 254 characters',
      'ADMIN_PASSWORD must be at least 8 characters',
    ]);
    expect(lines.join()).not.toContain('hunter2');
  });
});
