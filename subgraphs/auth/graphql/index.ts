import type { Subgraph } from '../../../platform/federated-schema';
import type { Accounts } from '../accounts';
import type { AuthContext } from '../loaders';
import type { Sessions } from '../sessions';
import { AccountResolver } from './account.resolver';
import { SessionResolver } from './session.resolver';
import { userOf } from './views';

export function subgraph(domain: { accounts: Accounts; sessions: Sessions }): Subgraph<AuthContext> {
  return {
    resolvers: [new AccountResolver(domain.accounts), new SessionResolver(domain.sessions)],
    references: {
      User: async ({ id }, { caller, loaders }) => {
        if (!domain.accounts.maySee(caller, id)) return null;
        const account = await loaders.account.load(id);
        return account === null ? null : userOf(account);
      },
    },
  };
}
