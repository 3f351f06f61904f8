import { Arg, Ctx, Directive, Int, Query, Resolver } from 'type-graphql';
import { mapPage, type Page } from '../../../platform/database/keyset';
import type { UsersContext } from '../loaders';
import type { Search } from '../search/search';
import { User, UserConnection } from './types';
import { userOf } from './views';

@Resolver(() => User)
export class SearchResolver {
  constructor(private readonly search: Search) {}

  @Directive('@requiresScopes(scopes: [["users:read"]])')
  @Query(() => UserConnection, {
    nullable: true,
    description:
      'Finds users by name, username and email address, the best match first: whole words, then prefixes, parts of words, and words with a typo. Every word of `q` must match; case, accents and punctuation do not count. Limits: parts and one typo from three letters, two typos from ten; 600 users. Needs `users:read`. Errors: VALIDATION_FAILED (422).',
  })
  async searchUsers(
    @Ctx() { caller }: UsersContext,
    @Arg('q', () => String, {
      description:
        '1 to 254 characters and at most 10 words, without control characters: `ada love`, `Łódź`, `ada@exam`, `@example.com`. One or two letters match prefixes only.',
    })
    q: string,
    @Arg('first', () => Int, { nullable: true, defaultValue: 20 }) first: number | null,
    @Arg('after', () => String, { nullable: true }) after: string | null | undefined,
  ): Promise<Page<User>> {
    return mapPage(await this.search.find(caller, q, { first, after }), row => userOf(row.userId));
  }
}
