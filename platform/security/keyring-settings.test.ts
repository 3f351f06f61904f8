import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, type Environment, readSettings } from '../config';
import { Keyring } from './keyring';
import { encryptionSettings, openKeyring, requireKeys } from './keyring-settings';

const text = Keyring.generate('one');

describe('ENCRYPTION_KEYS_FILE', () => {
  let folder: string;
  let file: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plinth-keys-'));
    file = join(folder, 'encryption-keys');
    await writeFile(file, `${text}\n`);
  });
  afterAll(() => rm(folder, { recursive: true }));

  const mistakesOf = (environment: Environment): readonly string[] => {
    try {
      readSettings(encryptionSettings, environment);
      return [];
    } catch (error) {
      return (error as ConfigError).mistakes;
    }
  };

  it('gives the keys of the file to a service on its own', async () => {
    const config = readSettings(encryptionSettings, { ENCRYPTION_KEYS_FILE: file });
    requireKeys('alone', config, 'auth');
    const keyring = await openKeyring({ ...config, dataDir: join(folder, 'data') });
    expect(new Keyring(text).decrypt(keyring.encrypt('secret', 'c'), 'c')).toBe('secret');
  });

  it('gives way to ENCRYPTION_KEYS', async () => {
    const other = Keyring.generate('two');
    const config = readSettings(encryptionSettings, { ENCRYPTION_KEYS: other, ENCRYPTION_KEYS_FILE: file });
    const keyring = await openKeyring({ ...config, dataDir: join(folder, 'data') });
    expect(keyring.encrypt('secret', 'c')).toMatch(/^v1\.two\./);
  });

  it('names a file that is missing or holds no keys, and shows no key', async () => {
    const short = join(folder, 'short');
    const secret = Buffer.alloc(20, 7).toString('base64');
    await writeFile(short, `a:${secret}`);
    expect(mistakesOf({ ENCRYPTION_KEYS_FILE: join(folder, 'nothing') })).toEqual([
      expect.stringMatching(/^ENCRYPTION_KEYS_FILE cannot be read \(ENOENT\)/),
    ]);
    const mistakes = mistakesOf({ ENCRYPTION_KEYS_FILE: short });
    expect(mistakes).toEqual([
      expect.stringMatching(/^ENCRYPTION_KEYS_FILE is wrong: Encryption key a has 20/),
    ]);
    expect(mistakes.join()).not.toContain(secret);
  });

  it('or ENCRYPTION_KEYS is needed by a service on its own, and by nothing else', () => {
    const config = readSettings(encryptionSettings, {});
    expect(() => requireKeys('embedded', config, 'auth')).not.toThrow();
    expect(() => requireKeys('alone', config, 'auth')).toThrow(ConfigError);
  });
});
