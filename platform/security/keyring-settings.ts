import { join } from 'node:path';
import { z } from 'zod';
import { ConfigError, missing, optionalSetting, type Settings, type Shape } from '../config';
import { Keyring, loadOrCreateKeyFile } from './keyring';

/** The setting of a service that encrypts what it stores. */
export const encryptionSettings = {
  encryptionKeys: optionalSetting(
    'ENCRYPTION_KEYS',
    z.string().transform((text, context) => {
      try {
        return new Keyring(text);
      } catch (error) {
        context.addIssue({ code: 'custom', message: `is wrong: ${(error as Error).message}` });
        return z.NEVER;
      }
    }),
    'Keys that encrypt what is secret at rest, as id:base64 with 32 random bytes, the newest first; DATA_DIR/secret.key when unset',
    { secret: true, example: 'the output of npm run key:create' },
  ),
} satisfies Settings;

/** @throws ConfigError when a service on its own has no keys: a file of its own would not open what others encrypted */
export function requireKeys(
  shape: Shape,
  config: { encryptionKeys: Keyring | undefined },
  service: string,
): void {
  if (shape === 'embedded' || config.encryptionKeys !== undefined) return;
  const description = `the ${service} service on its own needs the keys that encrypt what it stores`;
  throw new ConfigError([missing({ ...encryptionSettings.encryptionKeys, description })]);
}

/** The keys of the configuration, or those of the file made for a laptop. */
export async function openKeyring(config: {
  encryptionKeys: Keyring | undefined;
  dataDir: string;
}): Promise<Keyring> {
  return config.encryptionKeys ?? loadOrCreateKeyFile(join(config.dataDir, 'secret.key'));
}
