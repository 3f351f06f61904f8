import type { LivePubSub } from '../../../platform/events/live-updates';
import type { Subgraph } from '../../../platform/graphql/subgraph-schema';
import { holds } from '../../../platform/security/caller';
import type { Creations } from '../lifecycle/creations';
import type { Deletions } from '../lifecycle/deletions';
import type { Exports } from '../lifecycle/exports';
import type { UsersContext } from '../loaders';
import type { Profiles } from '../profiles/profiles';
import type { Explanations } from '../roles/explanations';
import type { Roles } from '../roles/roles';
import type { Search } from '../search/search';
import { AccessResolver } from './access.resolver';
import { LifecycleResolver } from './lifecycle.resolver';
import { RoleResolver } from './role.resolver';
import { SearchResolver } from './search.resolver';
import { UserProfileResolver, UserResolver } from './user.resolver';
import { roleOf, userOf } from './views';

export function subgraph({
  profiles,
  search,
  roles,
  explanations,
  creations,
  deletions,
  exports,
  pubSub,
}: {
  profiles: Profiles;
  search: Search;
  roles: Roles;
  explanations: Explanations;
  creations: Creations;
  deletions: Deletions;
  exports: Exports;
  pubSub: LivePubSub;
}): Subgraph<UsersContext> {
  return {
    resolvers: [
      new UserResolver(profiles, roles),
      new UserProfileResolver(profiles),
      new SearchResolver(search),
      new RoleResolver(roles),
      new AccessResolver(explanations),
      new LifecycleResolver(creations, deletions, exports),
    ],
    pubSub,
    references: {
      // Asks no database: whoever wants no more than the id gets it for nothing, and each field asks who may see it.
      User: ({ id }) => userOf(id),
      Role: ({ id }, { caller, loaders }) =>
        loaders.role.load(id).then(row => {
          const isVisible = row !== null && (caller.roles.includes(row.name) || holds(caller, 'roles:read'));
          return isVisible ? roleOf(row) : null;
        }),
    },
  };
}
