import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ConfigError, missing, optionalSetting, type Settings, type Shape } from '../config';
import { Keyring, loadOrCreateKeyFile } from './keyring';

type Issues = Pick<z.RefinementCtx<string>, 'addIssue'>;

function parseKeyring(text: string, issues: Issues): Keyring | typeof z.NEVER {
  try {
    return new Keyring(text);
  } catch (error) {
    issues.addIssue({ code: 'custom', message: `is wrong: ${(error as Error).message}` });
    return z.NEVER;
  }
}

function readKeyring(path: string, issues: Issues): Keyring | typeof z.NEVER {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    issues.addIssue({
      code: 'custom',
      message: `cannot be read (${code}): npm run key:create -- --file makes it`,
    });
    return z.NEVER;
  }
  return parseKeyring(text, issues);
}

/** The settings of a service that encrypts data at rest. */
export const encryptionSettings = {
  encryptionKeys: optionalSetting(
    'ENCRYPTION_KEYS',
    z.string().transform(parseKeyring),
    'Keys that encrypt secrets at rest, separated by commas, the newest first. Each is id:base64, with 32 random bytes',
    { secret: true, example: 'the output of npm run key:create' },
  ),
  encryptionKeysFile: optionalSetting(
    'ENCRYPTION_KEYS_FILE',
    z.string().transform(readKeyring),
    'File with the keys, read when ENCRYPTION_KEYS is unset. When both are unset, DATA_DIR/secret.key is made and read',
    { example: '/run/secrets/encryption-keys' },
  ),
} satisfies Settings;

interface KeyringConfig {
  readonly encryptionKeys: Keyring | undefined;
  readonly encryptionKeysFile: Keyring | undefined;
}

/** @throws ConfigError when a service on its own has no keys: a file of its own would not decrypt the data of other services */
export function requireKeys(shape: Shape, config: KeyringConfig, service: string): void {
  if (shape === 'embedded' || config.encryptionKeys || config.encryptionKeysFile) return;
  const description = `the ${service} service on its own needs the keys that encrypt its stored data`;
  throw new ConfigError([missing({ ...encryptionSettings.encryptionKeys, description })]);
}

/** The keys of the configuration, or those of the file in DATA_DIR, which is made when it is not there. */
export async function openKeyring(config: KeyringConfig & { readonly dataDir: string }): Promise<Keyring> {
  return (
    config.encryptionKeys ??
    config.encryptionKeysFile ??
    (await loadOrCreateKeyFile(join(config.dataDir, 'secret.key')))
  );
}
