import { Arg, Ctx, Directive, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import { mapPage, type Page } from '../../../platform/database/keyset';
import type { UsersContext } from '../loaders';
import { type Profiles, UserOrder } from '../profiles/profiles';
import { permissionsOf } from '../roles/access';
import type { RoleAssignments } from '../roles/role-assignments';
import { Role, UpdateUserInput, User, UserConnection, UserFilterInput, UserProfile } from './types';
import { profileOf, userOf } from './views';

@Resolver(() => User)
export class UserResolver {
  constructor(
    private readonly profiles: Profiles,
    private readonly assignments: RoleAssignments,
  ) {}

  @Directive('@requiresScopes(scopes: [["users:read"]])')
  @Query(() => UserConnection, {
    nullable: true,
    description:
      'All users, a page at a time. Needs `users:read`. Errors: VALIDATION_FAILED (422) for a page size outside of 1 to 100.',
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
    return mapPage(page, row => userOf(loaders.prime(row)));
  }

  @Directive('@authenticated')
  @Query(() => User, {
    nullable: true,
    description:
      'One user; null for an unknown id. Needs `users:read` for another user, and is null without it.',
  })
  async user(
    @Ctx() { caller, loaders }: UsersContext,
    @Arg('id', () => ID) id: string,
  ): Promise<User | null> {
    const found = await this.profiles.find(caller, id);
    return found === null ? null : userOf(loaders.prime(found));
  }

  @Directive('@authenticated')
  @Mutation(() => User, {
    nullable: true,
    description:
      'Changes a profile. Needs `users:write` for another user. Errors: NOT_FOUND (404), VERSION_CONFLICT (409), VALIDATION_FAILED (422) with every wrong field.',
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
    nullable: true,
    description:
      'Gives a user roles by name, in addition to the roles that are held. It takes effect at once, for existing tokens as well. Needs `users:assign-roles` and each permission that the roles grant. Errors: NOT_FOUND (404), ACCESS_TOO_LARGE (409), VALIDATION_FAILED (422).',
  })
  async assignRoles(
    @Ctx() { caller, client, loaders }: UsersContext,
    @Arg('userId', () => ID) userId: string,
    @Arg('roles', () => [String]) roles: string[],
  ): Promise<User> {
    return fresh(await this.assignments.assign(caller, client, userId, roles), loaders);
  }

  @Directive('@requiresScopes(scopes: [["users:assign-roles"]])')
  @Mutation(() => User, {
    nullable: true,
    description:
      'Removes roles from a user by name. It takes effect at once, for existing tokens as well. Needs `users:assign-roles`. Errors: NOT_FOUND (404), LAST_ADMINISTRATOR (409), VALIDATION_FAILED (422).',
  })
  async removeRoles(
    @Ctx() { caller, client, loaders }: UsersContext,
    @Arg('userId', () => ID) userId: string,
    @Arg('roles', () => [String]) roles: string[],
  ): Promise<User> {
    return fresh(await this.assignments.unassign(caller, client, userId, roles), loaders);
  }

  @FieldResolver(() => UserProfile, {
    nullable: true,
    description: 'Null without the permission to read it, and for a moment after the registration.',
  })
  async profile(@Root() { id }: User, @Ctx() { loaders }: UsersContext): Promise<UserProfile | null> {
    const row = await loaders.profile.load(id);
    return row && profileOf(row);
  }

  @FieldResolver(() => [Role], {
    nullable: true,
    description: 'The roles of the user by name; empty without the permission to read them.',
  })
  roles(@Root() { id }: User, @Ctx() { loaders }: UsersContext): Promise<Role[]> {
    // A row has the fields of a Role. A copy of each would cost a list of users more than the rows themselves.
    return loaders.roles.load(id);
  }

  @FieldResolver(() => [String], {
    nullable: true,
    description:
      'All permissions of the roles, sorted, wildcards included; empty without the permission to read them.',
  })
  async permissions(@Root() { id }: User, @Ctx() { loaders }: UsersContext): Promise<string[]> {
    return permissionsOf(await loaders.roles.load(id));
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
  loaders.clear(userId);
  return userOf(userId);
}
