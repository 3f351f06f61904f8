import { holds } from '../../../platform/caller';
import type { Subgraph } from '../../../platform/federated-schema';
import type { Explanations } from '../explanations';
import type { UsersContext } from '../loaders';
import type { Profiles } from '../profiles';
import type { Roles } from '../roles';
import type { Search } from '../search';
import { AccessResolver } from './access.resolver';
import { RoleResolver } from './role.resolver';
import { SearchResolver } from './search.resolver';
import { UserProfileResolver, UserResolver } from './user.resolver';
import { roleOf, userOf } from './views';

export function subgraph({
  profiles,
  search,
  roles,
  explanations,
}: {
  profiles: Profiles;
  search: Search;
  roles: Roles;
  explanations: Explanations;
}): Subgraph<UsersContext> {
  return {
    resolvers: [
      new UserResolver(profiles, roles),
      new UserProfileResolver(profiles),
      new SearchResolver(search),
      new RoleResolver(roles),
      new AccessResolver(explanations),
    ],
    references: {
      // Asks no database: whoever wants no more than the id gets it for nothing, and each field asks who may see it.
      User: ({ id }) => userOf(id),
      Role: async ({ id }, { caller, loaders }) => {
        const row = await loaders.role.load(id);
        const isVisible = row !== null && (caller.roles.includes(row.name) || holds(caller, 'roles:read'));
        return isVisible ? roleOf(row) : null;
      },
    },
  };
}
