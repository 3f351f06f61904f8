import { Arg, Ctx, Directive, ID, Int, Mutation, Query, Resolver } from 'type-graphql';
import { mapPage, type Page } from '../../../platform/database/page';
import type { UsersContext } from '../loaders';
import type { Roles } from '../roles/roles';
import { CreateRoleInput, Role, RoleConnection, UpdateRoleInput } from './types';
import { roleOf } from './views';

@Resolver(() => Role)
export class RoleResolver {
  constructor(private readonly roleBook: Roles) {}

  @Directive('@requiresScopes(scopes: [["roles:read"]])')
  @Query(() => RoleConnection, {
    description:
      'All roles by name, a page at a time. Needs `roles:read`; 422 for a size outside of 1 to 100.',
  })
  async roles(
    @Ctx() { caller }: UsersContext,
    @Arg('first', () => Int, { nullable: true, defaultValue: 20 }) first: number | null,
    @Arg('after', () => String, { nullable: true }) after: string | null | undefined,
  ): Promise<Page<Role>> {
    return mapPage(await this.roleBook.list(caller, { first, after }), roleOf);
  }

  @Directive('@requiresScopes(scopes: [["roles:read"]])')
  @Query(() => Role, {
    nullable: true,
    description: 'One role; null where there is none. Needs `roles:read`.',
  })
  async role(@Ctx() { caller }: UsersContext, @Arg('id', () => ID) id: string): Promise<Role | null> {
    const row = await this.roleBook.find(caller, id);
    return row === null ? null : roleOf(row);
  }

  @Directive('@requiresScopes(scopes: [["roles:write"]])')
  @Mutation(() => Role, {
    description:
      'Needs `roles:write`, and each permission that the role grants. ROLE_NAME_TAKEN (409) when there is one of that name.',
  })
  async createRole(
    @Ctx() { caller }: UsersContext,
    @Arg('input', () => CreateRoleInput) input: CreateRoleInput,
  ): Promise<Role> {
    return roleOf(await this.roleBook.create(caller, input));
  }

  @Directive('@requiresScopes(scopes: [["roles:write"]])')
  @Mutation(() => Role, {
    description:
      'Needs `roles:write`, and each permission that is added. Takes effect at once for everybody who holds the role. SYSTEM_ROLE (409) for the name of a system role and the permissions of `administrator`.',
  })
  async updateRole(
    @Ctx() { caller, loaders }: UsersContext,
    @Arg('id', () => ID) id: string,
    @Arg('input', () => UpdateRoleInput) { version, ...patch }: UpdateRoleInput,
  ): Promise<Role> {
    const row = await this.roleBook.edit(caller, id, patch, version);
    loaders.forgetRoles();
    return roleOf(row);
  }

  @Directive('@requiresScopes(scopes: [["roles:write"]])')
  @Mutation(() => ID, {
    description:
      'Deletes a role and answers its id. Needs `roles:write`. ROLE_IN_USE (409) with the number of members while somebody holds it, unless `reassignTo` names the role that they get instead; SYSTEM_ROLE (409) for those that come with Plinth.',
  })
  async deleteRole(
    @Ctx() { caller, loaders }: UsersContext,
    @Arg('id', () => ID) id: string,
    @Arg('reassignTo', () => String, { nullable: true }) reassignTo: string | null | undefined,
  ): Promise<string> {
    const gone = await this.roleBook.remove(caller, id, reassignTo);
    loaders.forgetRoles();
    return gone;
  }
}
