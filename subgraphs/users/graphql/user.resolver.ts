import { Arg, Ctx, Directive, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import { mapPage, type Page } from '../../../platform/database/page';
import { maySee } from '../../../platform/security/caller';
import type { UsersContext } from '../loaders';
import { type Profiles, UserOrder } from '../profiles/profiles';
import { permissionsOf } from '../roles/access';
import type { Roles } from '../roles/roles';
import { Role, UpdateUserInput, User, UserConnection, UserFilterInput, UserProfile } from './types';
import { profileOf, userOf } from './views';

@Resolver(() => User)
export class UserResolver {
  constructor(
    private readonly profiles: Profiles,
    private readonly roleBook: Roles,
  ) {}

  @Directive('@requiresScopes(scopes: [["users:read"]])')
  @Query(() => UserConnection, {
    description: 'Everybody, a page at a time. Needs `users:read`; 422 for a size outside of 1 to 100.',
  })
  async users(
    @Ctx() { caller, loaders }: UsersContext,
    @Arg('first', () => Int, { nullable: true, defaultValue: 20 }) first: number | null,
    @Arg('after', () => String, { nullable: true }) after: string | null | undefined,
    @Arg('filter', () => UserFilterInput, { nullable: true }) filter: UserFilterInput | null | undefined,
    @Arg('orderBy', () => UserOrder, { nullable: true, defaultValue: UserOrder.CREATED_AT_ASC })
    orderBy: UserOrder | null,
  ): Promise<Page<User>> {
    const order = orderBy ?? UserOrder.CREATED_AT_ASC;
    const page = await this.profiles.list(caller, filter ?? {}, order, { first, after });
    return mapPage(page, row => userOf(loaders.see(row)));
  }

  @Directive('@authenticated')
  @Query(() => User, {
    nullable: true,
    description:
      'One user; null where there is none, or when the caller is neither that user nor holds `users:read`.',
  })
  async user(
    @Ctx() { caller, loaders }: UsersContext,
    @Arg('id', () => ID) id: string,
  ): Promise<User | null> {
    const found = await this.profiles.find(caller, id);
    return found === null ? null : userOf(loaders.see(found));
  }

  @Directive('@authenticated')
  @Mutation(() => User, {
    description:
      'Changes a profile: one’s own, or with `users:write` anybody’s; others answer NOT_FOUND. VALIDATION_FAILED names every wrong field.',
  })
  async updateUser(
    @Ctx() { caller, loaders }: UsersContext,
    @Arg('id', () => ID) id: string,
    @Arg('input', () => UpdateUserInput) { version, ...patch }: UpdateUserInput,
  ): Promise<User> {
    return fresh(await this.profiles.update(caller, id, patch, version), loaders);
  }

  @Directive('@requiresScopes(scopes: [["users:assign-roles"]])')
  @Mutation(() => User, {
    description:
      'Gives roles, by name; those held already stay. Needs `users:assign-roles`, and each permission that the roles grant. Takes effect at once, in tokens that exist too.',
  })
  async assignRoles(
    @Ctx() { caller, loaders }: UsersContext,
    @Arg('userId', () => ID) userId: string,
    @Arg('roles', () => [String]) roles: string[],
  ): Promise<User> {
    return fresh(await this.roleBook.assign(caller, userId, roles), loaders);
  }

  @Directive('@requiresScopes(scopes: [["users:assign-roles"]])')
  @Mutation(() => User, {
    description:
      'Takes roles away, by name. Needs `users:assign-roles`; LAST_ADMINISTRATOR (409) when no active administrator would be left. Takes effect at once, in tokens that exist too.',
  })
  async removeRoles(
    @Ctx() { caller, loaders }: UsersContext,
    @Arg('userId', () => ID) userId: string,
    @Arg('roles', () => [String]) roles: string[],
  ): Promise<User> {
    return fresh(await this.roleBook.unassign(caller, userId, roles), loaders);
  }

  @FieldResolver(() => UserProfile, {
    nullable: true,
    description: 'Null for those who may not see it, and for a moment after the registration.',
  })
  profile(
    @Root() { id }: User,
    @Ctx() { caller, loaders }: UsersContext,
  ): Promise<UserProfile | null> | null {
    return maySee(caller, id) ? loaders.profile.load(id).then(row => row && profileOf(row)) : null;
  }

  @FieldResolver(() => [Role], { description: 'By name; empty for those who may not see them.' })
  roles(@Root() { id }: User, @Ctx() { caller, loaders }: UsersContext): Promise<Role[]> | Role[] {
    // The rows, which have what a role has by the same names: most lists of users would be mostly copies of few roles.
    return maySee(caller, id) ? loaders.roles.load(id) : [];
  }

  @FieldResolver(() => [String], {
    description:
      'All that the roles grant, sorted, each once, wildcards as they are; empty for those who may not see them.',
  })
  permissions(@Root() { id }: User, @Ctx() { caller, loaders }: UsersContext): Promise<string[]> | string[] {
    return maySee(caller, id) ? loaders.roles.load(id).then(permissionsOf) : [];
  }
}

@Resolver(() => UserProfile)
export class UserProfileResolver {
  constructor(private readonly profiles: Profiles) {}

  @FieldResolver(() => String, { nullable: true, description: 'E.164, such as +4930901820.' })
  phone(@Root() { userId, sealedPhone }: UserProfile): string | null {
    return this.profiles.openPhone(userId, sealedPhone);
  }
}

function fresh(userId: string, loaders: UsersContext['loaders']): User {
  loaders.forget(userId);
  return userOf(userId);
}
