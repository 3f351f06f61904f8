import { Arg, Ctx, Directive, ID, Int, Mutation, Query, Resolver } from 'type-graphql';
import { mapPage, type Page } from '../../../platform/database/keyset';
import type { UsersContext } from '../loaders';
import type { Roles } from '../roles/roles';
import { CreateRoleInput, Role, RoleConnection, UpdateRoleInput } from './types';
import { roleOf } from './views';

@Resolver(() => Role)
export class RoleResolver {
  constructor(private readonly domain: Roles) {}

  @Directive('@requiresScopes(scopes: [["roles:read"]])')
  @Query(() => RoleConnection, {
    nullable: true,
    description:
      'All roles by name, a page at a time. Needs `roles:read`. Errors: VALIDATION_FAILED (422) for a page size outside of 1 to 100.',
  })
  async roles(
    @Ctx() { caller }: UsersContext,
    @Arg('first', () => Int, { nullable: true, defaultValue: 20 }) first: number | null,
    @Arg('after', () => String, { nullable: true }) after: string | null | undefined,
  ): Promise<Page<Role>> {
    return mapPage(await this.domain.list(caller, { first, after }), roleOf);
  }

  @Directive('@requiresScopes(scopes: [["roles:read"]])')
  @Query(() => Role, {
    nullable: true,
    description: 'One role; null for an unknown id. Needs `roles:read`.',
  })
  async role(@Ctx() { caller }: UsersContext, @Arg('id', () => ID) id: string): Promise<Role | null> {
    const row = await this.domain.find(caller, id);
    return row === null ? null : roleOf(row);
  }

  @Directive('@requiresScopes(scopes: [["roles:write"]])')
  @Mutation(() => Role, {
    nullable: true,
    description:
      'Creates a role. Needs `roles:write` and each permission that the role grants. Errors: ROLE_NAME_TAKEN (409), VALIDATION_FAILED (422).',
  })
  async createRole(
    @Ctx() { caller, client }: UsersContext,
    @Arg('input', () => CreateRoleInput) input: CreateRoleInput,
  ): Promise<Role> {
    return roleOf(await this.domain.create(caller, client, input));
  }

  @Directive('@requiresScopes(scopes: [["roles:write"]])')
  @Mutation(() => Role, {
    nullable: true,
    description:
      'Changes a role, at once for all its members. Needs `roles:write` and each permission that the role grants before and after. Errors: NOT_FOUND (404), SYSTEM_ROLE, ROLE_NAME_TAKEN, VERSION_CONFLICT, ACCESS_TOO_LARGE (409), VALIDATION_FAILED (422).',
  })
  async updateRole(
    @Ctx() { caller, client, loaders }: UsersContext,
    @Arg('id', () => ID) id: string,
    @Arg('input', () => UpdateRoleInput) { version, ...patch }: UpdateRoleInput,
  ): Promise<Role> {
    const row = await this.domain.edit(caller, client, id, patch, version);
    loaders.clearRoles();
    return roleOf(row);
  }

  @Directive('@requiresScopes(scopes: [["roles:write"]])')
  @Mutation(() => ID, {
    nullable: true,
    description:
      'Deletes a role and returns its id. `reassignTo` names the role that its members get instead. Needs `roles:write` and each permission of the role, and of the role in `reassignTo`. Errors: NOT_FOUND (404), ROLE_IN_USE with the number of members, SYSTEM_ROLE (409), VALIDATION_FAILED (422).',
  })
  async deleteRole(
    @Ctx() { caller, client, loaders }: UsersContext,
    @Arg('id', () => ID) id: string,
    @Arg('reassignTo', () => String, { nullable: true }) reassignTo: string | null | undefined,
  ): Promise<string> {
    const gone = await this.domain.remove(caller, client, id, reassignTo);
    loaders.clearRoles();
    return gone;
  }
}
