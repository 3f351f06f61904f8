import { parseArgs } from 'node:util';
import { Keyring, loadOrCreateKeyFile } from '../platform/security/keyring';

const usage = `npm run key:create [-- --file <path>]

Prints a new entry for ENCRYPTION_KEYS. Put it first, and new data is encrypted with it.

  --file <path>   writes the key to a file for ENCRYPTION_KEYS_FILE instead; a file that exists is kept`;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { file: { type: 'string' }, help: { type: 'boolean' } } });
  if (values.help) console.log(usage);
  else if (values.file === undefined) console.log(Keyring.generate());
  else await loadOrCreateKeyFile(values.file);
}

main().catch((error: unknown) => {
  console.error((error as Error).message);
  process.exitCode = 1;
});
