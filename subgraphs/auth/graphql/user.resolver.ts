import { Arg, Ctx, Directive, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { AccountActivations } from '../accounts/account-activations';
import type { Accounts } from '../accounts/accounts';
import type { AuthContext } from '../loaders';
import { User, UserSession } from './types';
import { sessionOf, userOf } from './views';

@Resolver(() => User)
export class UserResolver {
  constructor(
    private readonly accounts: Accounts,
    private readonly activations: AccountActivations,
  ) {}

  @Directive('@authenticated')
  @Query(() => User, { nullable: true, description: 'The signed-in user. Errors: UNAUTHENTICATED (401).' })
  async me(@Ctx() { caller }: AuthContext): Promise<User> {
    return userOf(await this.accounts.me(caller));
  }

  @Directive('@requiresScopes(scopes: [["users:activate"]])')
  @Mutation(() => User, {
    nullable: true,
    description:
      'Suspends an account: it cannot sign in, its sessions end at once, and its API keys end for good. Needs `users:activate`. Errors: NOT_FOUND (404), OWN_ACCOUNT, LAST_ADMINISTRATOR (409).',
  })
  async deactivateUser(
    @Ctx() { caller, client }: AuthContext,
    @Arg('id', () => ID) id: string,
  ): Promise<User> {
    return userOf(await this.activations.deactivate(caller, id, client));
  }

  @Directive('@requiresScopes(scopes: [["users:activate"]])')
  @Mutation(() => User, {
    nullable: true,
    description: 'Reactivates a suspended account. Needs `users:activate`. Errors: NOT_FOUND (404).',
  })
  async reactivateUser(
    @Ctx() { caller, client }: AuthContext,
    @Arg('id', () => ID) id: string,
  ): Promise<User> {
    return userOf(await this.activations.reactivate(caller, id, client));
  }

  @FieldResolver(() => [UserSession], {
    nullable: true,
    description:
      'The live sessions, the last used first, at most 100. Needs `sessions:read` for another user, and is empty without it.',
  })
  async sessions(@Root() { id }: User, @Ctx() { caller, loaders }: AuthContext): Promise<UserSession[]> {
    return (await loaders.sessions.load(id)).map(row => sessionOf(row, caller));
  }
}
