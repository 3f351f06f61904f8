import { Arg, Ctx, Directive, ID, Int, Mutation, Query, Resolver } from 'type-graphql';
import { mapPage, type Page } from '../../../platform/database/page';
import type { AuthContext } from '../loaders';
import type { ApiKeys } from '../tokens/api-keys';
import { ApiKey, ApiKeyConnection, CreateApiKeyInput, CreatedApiKey } from './api-key.types';
import { apiKeyOf } from './views';

@Resolver()
export class ApiKeyResolver {
  constructor(private readonly keys: ApiKeys) {}

  @Directive('@authenticated')
  @Query(() => ApiKeyConnection, {
    description:
      'One’s own API keys, or with `api-keys:read` everybody’s; the newest first, revoked ones too.',
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
    description:
      'Makes a key for a script or service. Needs `api-keys:write`, and each scope oneself. The key is shown this once.',
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
    description:
      'Ends a key everywhere, at once. One’s own, or with `api-keys:revoke` anybody’s; else NOT_FOUND.',
  })
  async revokeApiKey(
    @Ctx() { caller, client }: AuthContext,
    @Arg('id', () => ID) id: string,
  ): Promise<ApiKey> {
    return apiKeyOf(await this.keys.revoke(caller, id, client));
  }
}
