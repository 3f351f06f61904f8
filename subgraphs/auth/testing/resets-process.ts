import { setTimeout as sleep } from 'node:timers/promises';
import { type AccountTokenIssued, passwordResetRequested } from '../events';
import { TestAuth, type TestUser } from './test-auth';

/** A user with a link to reset the password, and the password to set. */
export interface Reset {
  user: TestUser;
  token: string;
  newPassword: string;
}

/**
 * A process to be killed: the auth service on this folder, with users who reset their passwords all at once. Prints these
 * users, then the number of each whose reset was answered.
 */
async function main(folder: string, encryptionKeys: string): Promise<void> {
  const auth = new TestAuth({ DATA_DIR: folder, ENCRYPTION_KEYS: encryptionKeys });
  await auth.start();
  const resets = await Promise.all(
    Array.from({ length: 12 }, async (_, i): Promise<Reset> => {
      const user = await auth.register();
      await auth.graphql(undefined, `mutation { requestPasswordReset(email: "${user.email}") }`);
      while (auth.eventsAbout(user.id, passwordResetRequested).length === 0) await sleep(10);
      const [event] = auth.eventsAbout(user.id, passwordResetRequested);
      const { sealedToken } = event!.data as AccountTokenIssued;
      const token = auth.keyring.decrypt(sealedToken, `event:${passwordResetRequested}:${user.id}`);
      return { user, token, newPassword: `another long secret ${i}` };
    }),
  );
  console.log(JSON.stringify(resets));
  await Promise.all(
    resets.map(async ({ token, newPassword }, i) => {
      const reset = 'mutation ($t: String!, $n: String!) { resetPassword(token: $t, newPassword: $n) }';
      const { code } = await auth.graphql(undefined, reset, { t: token, n: newPassword });
      console.log(code ?? i);
    }),
  );
  await sleep(60_000);
}

const [folder = '', encryptionKeys = ''] = process.argv.slice(2);
void main(folder, encryptionKeys);
