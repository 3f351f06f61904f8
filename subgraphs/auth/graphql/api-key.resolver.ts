import { Arg, Ctx, Directive, ID, Int, Mutation, Query, Resolver } from 'type-graphql';
import { mapPage, type Page } from '../../../platform/database/keyset';
import type { AuthContext } from '../loaders';
import type { ApiKeys } from '../tokens/api-keys';
import { ApiKey, ApiKeyConnection, CreateApiKeyInput, CreatedApiKey } from './api-key.types';
import { apiKeyOf } from './views';

@Resolver()
export class ApiKeyResolver {
  constructor(private readonly keys: ApiKeys) {}

  @Directive('@authenticated')
  @Query(() => ApiKeyConnection, {
    nullable: true,
    description:
      'The caller’s API keys, or all API keys with `api-keys:read`: the newest first, revoked ones included. Errors: VALIDATION_FAILED (422) for a page size outside of 1 to 100.',
  })
  async apiKeys(
    @Ctx() { caller }: AuthContext,
    @Arg('first', () => Int, { nullable: true, defaultValue: 20 }) first: number | null,
    @Arg('after', () => String, { nullable: true }) after: string | null | undefined,
  ): Promise<Page<ApiKey>> {
    return mapPage(await this.keys.list(caller, { first, after }), apiKeyOf);
  }

  @Directive('@requiresScopes(scopes: [["api-keys:write"]])')
  @Mutation(() => CreatedApiKey, {
    nullable: true,
    description:
      'Creates a key for a script or service. The answer is the only one that shows the key. Needs `api-keys:write`, each scope, and a sign-in of the last ten minutes. Errors: REAUTHENTICATION_REQUIRED (401), VALIDATION_FAILED (422).',
  })
  async createApiKey(
    @Ctx() { caller, client }: AuthContext,
    @Arg('input', () => CreateApiKeyInput) input: CreateApiKeyInput,
  ): Promise<CreatedApiKey> {
    const { row, key } = await this.keys.create(caller, input, client);
    return { apiKey: apiKeyOf(row), key };
  }

  @Directive('@authenticated')
  @Mutation(() => ApiKey, {
    nullable: true,
    description:
      'Revokes a key on every server at once. Needs `api-keys:revoke` for the key of another user. Errors: NOT_FOUND (404).',
  })
  async revokeApiKey(
    @Ctx() { caller, client }: AuthContext,
    @Arg('id', () => ID) id: string,
  ): Promise<ApiKey> {
    return apiKeyOf(await this.keys.revoke(caller, id, client));
  }
}
