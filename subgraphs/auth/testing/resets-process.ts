import { setTimeout as sleep } from 'node:timers/promises';
import { openKeyring } from '../../../platform/security/keyring-settings';
import { readAuthConfig } from '../config';
import { type AccountTokenIssued, passwordResetRequested } from '../events';
import { type Person, Stage } from './stage';

/** Somebody who has a link to reset their password, and what they reset it to. */
export interface Resetting {
  person: Person;
  token: string;
  newPassword: string;
}

/**
 * A process to be killed: the auth service on this folder, with people who reset their passwords all at once. Prints who
 * they are, then the number of each whose reset was answered.
 */
async function main(folder: string): Promise<void> {
  const environment = { DATA_DIR: folder };
  const stage = await Stage.start(undefined, environment);
  const keyring = await openKeyring(readAuthConfig('embedded', environment));
  const resetting = await Promise.all(
    Array.from({ length: 12 }, async (_, i): Promise<Resetting> => {
      const person = await stage.somebody();
      await stage.ask(undefined, `mutation { requestPasswordReset(email: "${person.email}") }`);
      while (stage.told(passwordResetRequested, person.id).length === 0) await sleep(10);
      const { sealedToken } = stage.told(passwordResetRequested, person.id)[0]!.data as AccountTokenIssued;
      const token = keyring.decrypt(sealedToken, `event:${passwordResetRequested}:${person.id}`);
      return { person, token, newPassword: `another long secret ${i}` };
    }),
  );
  console.log(JSON.stringify(resetting));
  await Promise.all(
    resetting.map(async ({ token, newPassword }, i) => {
      const reset = 'mutation ($t: String!, $n: String!) { resetPassword(token: $t, newPassword: $n) }';
      const { code } = await stage.ask(undefined, reset, { t: token, n: newPassword });
      console.log(code ?? i);
    }),
  );
  await sleep(60_000);
}

void main(process.argv[2]!);
