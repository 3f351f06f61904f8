import { ConfigError } from '../../platform/config';
import { Keyring } from '../../platform/security/keyring';
import { readUsersConfig } from './config';

const mistakesOf = (shape: 'embedded' | 'alone', environment: Record<string, string>) => {
  try {
    readUsersConfig(shape, environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes;
    throw error;
  }
  return [];
};

describe('the configuration of users', () => {
  it('needs nothing in one process', () => {
    expect(readUsersConfig('embedded', {})).toMatchObject({ port: 8002, dataDir: '.data' });
  });

  it('says everything that a service of its own lacks, at once', () => {
    const mistakes = mistakesOf('alone', {});
    expect(mistakes).toHaveLength(3);
    expect(mistakes.join('\n')).toMatch(/^DATABASE_URL .*\nREDIS_URL .*\nENCRYPTION_KEYS is not set/);
  });

  it('never repeats a key, not even a wrong one', () => {
    const secret = 'c2VjcmV0IGtleSBvZiBubyB1c2U=';
    const [mistake, ...rest] = mistakesOf('embedded', { ENCRYPTION_KEYS: `a:${secret}` });
    expect(rest).toEqual([]);
    expect(mistake).toMatch(/^ENCRYPTION_KEYS is wrong: Encryption key a has 20 bytes/);
    expect(mistake).not.toContain(secret);
    const { encryptionKeys } = readUsersConfig('embedded', { ENCRYPTION_KEYS: Keyring.generate('a') });
    expect(encryptionKeys).toBeInstanceOf(Keyring);
  });
});
