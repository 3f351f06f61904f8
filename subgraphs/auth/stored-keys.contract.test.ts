import { describeStoredKeys } from '../../platform/testing/stored-keys-contract';
import { encryptedColumns, entities } from './tables';
import { SecondFactors } from './testing/second-factors';
import { TestAuth, type TestUser } from './testing/test-auth';

const auth = new TestAuth();
let user: TestUser;

describeStoredKeys({
  service: auth,
  entities,
  encryptedColumns,
  store: async () => {
    user = await new SecondFactors(auth).register();
  },
  // The token is signed with a stored key.
  read: async () => expect(await auth.me(user.accessToken)).toEqual([200, undefined]),
});
