import type { LivePubSub } from '../../../platform/events/live-updates';
import type { Subgraph } from '../../../platform/graphql/subgraph-schema';
import type { Creations } from '../lifecycle/creations';
import type { Deletions } from '../lifecycle/deletions';
import type { Exports } from '../lifecycle/exports';
import type { UsersContext } from '../loaders';
import type { Profiles } from '../profiles/profiles';
import type { Explanations } from '../roles/explanations';
import type { RoleAssignments } from '../roles/role-assignments';
import type { Roles } from '../roles/roles';
import type { Search } from '../search/search';
import { AccessResolver } from './access.resolver';
import { LifecycleResolver } from './lifecycle.resolver';
import { RoleResolver } from './role.resolver';
import { SearchResolver } from './search.resolver';
import { UserProfileResolver, UserResolver } from './user.resolver';
import { profileOf, roleOf, userOf } from './views';

export function subgraph({
  profiles,
  search,
  roles,
  assignments,
  explanations,
  creations,
  deletions,
  exports,
  pubSub,
}: {
  profiles: Profiles;
  search: Search;
  roles: Roles;
  assignments: RoleAssignments;
  explanations: Explanations;
  creations: Creations;
  deletions: Deletions;
  exports: Exports;
  pubSub: LivePubSub;
}): Subgraph<UsersContext> {
  return {
    resolvers: [
      new UserResolver(profiles, assignments),
      new UserProfileResolver(profiles),
      new SearchResolver(search),
      new RoleResolver(roles),
      new AccessResolver(explanations),
      new LifecycleResolver(creations, deletions, exports),
    ],
    pubSub,
    references: {
      // A reference reads nothing: most operations ask for the id alone, and each field checks its permission.
      User: ({ id }) => userOf(id),
      UserProfile: ({ id }, { loaders }) => loaders.profileById.load(id).then(row => row && profileOf(row)),
      Role: ({ id }, { loaders }) => loaders.role.load(id).then(row => row && roleOf(row)),
    },
  };
}
