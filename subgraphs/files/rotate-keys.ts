import { join } from 'node:path';
import { systemClock } from '../../platform/clock';
import { readEnvironment } from '../../platform/config';
import { Database } from '../../platform/database/database';
import { isHelp, printStartError } from '../../platform/process';
import { openKeyring } from '../../platform/security/keyring-settings';
import { readFilesConfig } from './config';
import { KeyRotation } from './files/key-rotation';
import { migrations } from './migrations';
import { Contents } from './storage/contents';
import { openStorage } from './storage/open-storage';
import { entities } from './tables';

const help = `Puts all stored files under the first key of ENCRYPTION_KEYS, whether the files service runs or not.

  npm run files:rotate-keys

Give the service and this command the new key in front of the old ones first. When it has ended, the old keys are no longer needed
for files. Files that are not encrypted yet are encrypted. A run that was interrupted is started again and goes on.`;

/** Returns the exit code. */
async function main(args: string[]): Promise<number> {
  if (args.some(isHelp)) {
    console.log(help);
    return 0;
  }
  try {
    const config = readFilesConfig('embedded', readEnvironment());
    const keyring = await openKeyring(config);
    const storage = await openStorage(config);
    const database = await Database.open({
      url: config.ownDatabaseUrl ?? config.databaseUrl ?? `sqlite:${join(config.dataDir, 'files.db')}`,
      service: 'files',
      entities,
      migrations,
      clock: systemClock,
    });
    try {
      const rotation = new KeyRotation(database, new Contents(storage, keyring, true), keyring);
      const { seen, rotated, encrypted } = await rotation.run(progress =>
        console.log(`${progress.seen} files seen`),
      );
      console.log(`All ${seen} files are under the current key: ${rotated} rotated, ${encrypted} encrypted.`);
    } finally {
      await database.close();
      await storage.close();
    }
    return 0;
  } catch (error) {
    printStartError(error);
    return 1;
  }
}

void main(process.argv.slice(2)).then(code => {
  process.exitCode = code;
});
