import { Arg, Ctx, Directive, Int, Query, Resolver } from 'type-graphql';
import { mapPage, type Page } from '../../../platform/database/page';
import type { UsersContext } from '../loaders';
import type { Search } from '../search/search';
import { User, UserConnection } from './types';
import { userOf } from './views';

@Resolver(() => User)
export class SearchResolver {
  constructor(private readonly search: Search) {}

  @Directive('@requiresScopes(scopes: [["users:read"]])')
  @Query(() => UserConnection, {
    description:
      'Users by first and last name, username and email address, the best first: those who have the words of `q`, then those who have words that begin with them, hold them (from three letters on), or are a typing mistake away (from three letters on; two mistakes from ten on). All words must be found. Case, accents and punctuation do not matter. Ends after at most 600 users. Needs `users:read`; 422 for a size outside of 1 to 100.',
  })
  async searchUsers(
    @Ctx() { caller }: UsersContext,
    @Arg('q', () => String, {
      description:
        '1 to 254 characters and at most 10 words, without control characters: `ada love`, `Łódź`, `ada@exam`, `@example.com`. One or two letters find what begins with them.',
    })
    q: string,
    @Arg('first', () => Int, { nullable: true, defaultValue: 20 }) first: number | null,
    @Arg('after', () => String, { nullable: true }) after: string | null | undefined,
  ): Promise<Page<User>> {
    return mapPage(await this.search.find(caller, q, { first, after }), row => userOf(row.userId));
  }
}
