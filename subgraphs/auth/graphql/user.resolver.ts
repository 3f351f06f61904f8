import { Arg, Ctx, Directive, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { holds, isSelf } from '../../../platform/security/caller';
import type { Accounts } from '../accounts/accounts';
import type { AuthContext } from '../loaders';
import { User, UserSession } from './types';
import { sessionOf, userOf } from './views';

@Resolver(() => User)
export class UserResolver {
  constructor(private readonly accounts: Accounts) {}

  @Directive('@authenticated')
  @Query(() => User, { description: 'Who is asking. UNAUTHENTICATED (401) for nobody.' })
  async me(@Ctx() { caller }: AuthContext): Promise<User> {
    return userOf(await this.accounts.me(caller));
  }

  @Directive('@requiresScopes(scopes: [["users:activate"]])')
  @Mutation(() => User, {
    description:
      'Suspends an account: it cannot sign in, and all its sessions end at once. Needs `users:activate`; OWN_ACCOUNT, LAST_ADMINISTRATOR (409).',
  })
  async deactivateUser(
    @Ctx() { caller, client }: AuthContext,
    @Arg('id', () => ID) id: string,
  ): Promise<User> {
    return userOf(await this.accounts.deactivate(caller, id, client));
  }

  @Directive('@requiresScopes(scopes: [["users:activate"]])')
  @Mutation(() => User, { description: 'Lets a suspended account sign in again. Needs `users:activate`.' })
  async reactivateUser(
    @Ctx() { caller, client }: AuthContext,
    @Arg('id', () => ID) id: string,
  ): Promise<User> {
    return userOf(await this.accounts.reactivate(caller, id, client));
  }

  @FieldResolver(() => [UserSession], {
    description:
      'Sign-ins that go on, at most 100, the last seen first. One’s own, or with `sessions:read` anybody’s; empty for others.',
  })
  sessions(
    @Root() { id }: User,
    @Ctx() { caller, loaders }: AuthContext,
  ): Promise<UserSession[]> | UserSession[] {
    const mayRead = isSelf(caller, id) || holds(caller, 'sessions:read');
    return mayRead ? loaders.sessions.load(id).then(rows => rows.map(row => sessionOf(row, caller))) : [];
  }
}
