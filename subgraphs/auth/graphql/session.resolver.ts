import { Arg, Ctx, FieldResolver, ID, Int, Mutation, Resolver, Root } from 'type-graphql';
import type { AuthContext } from '../loaders';
import type { Sessions } from '../sessions';
import { SessionScope, TokenPair, User, UserSession } from './types';
import { sessionOf } from './views';

@Resolver(() => User)
export class SessionResolver {
  constructor(private readonly sessionBook: Sessions) {}

  @FieldResolver(() => [UserSession], {
    description:
      'Active sessions, the newest first, at most 100. One’s own, or with `sessions:read`; others see none.',
  })
  async sessions(@Ctx() { caller }: AuthContext, @Root() user: User): Promise<UserSession[]> {
    return (await this.sessionBook.list(caller, user.id)).map(session => sessionOf(session, caller));
  }

  @Mutation(() => TokenPair, {
    description:
      'The next pair of tokens. REFRESH_TOKEN_INVALID; REFRESH_TOKEN_REUSED ends the session, because a spent token came back.',
  })
  async refresh(
    @Ctx() { client }: AuthContext,
    @Arg('refreshToken', () => String) refreshToken: string,
  ): Promise<TokenPair> {
    return this.sessionBook.refresh(refreshToken, client);
  }

  @Mutation(() => Boolean, {
    description: 'Ends this session, or all of one’s own; answers when every server has been told.',
  })
  async logout(
    @Ctx() { caller }: AuthContext,
    @Arg('everywhere', () => Boolean, { nullable: true, defaultValue: false }) everywhere: boolean | null,
  ): Promise<boolean> {
    await this.sessionBook.logOut(caller, everywhere ?? false);
    return true;
  }

  @Mutation(() => Boolean, {
    description: 'Ends one session; NOT_FOUND when it is not one’s own or has ended.',
  })
  async revokeSession(@Ctx() { caller }: AuthContext, @Arg('id', () => ID) id: string): Promise<boolean> {
    await this.sessionBook.revoke(caller, id);
    return true;
  }

  @Mutation(() => Int, { description: 'Ends one’s other sessions, or all. Answers how many have ended.' })
  async revokeSessions(
    @Ctx() { caller }: AuthContext,
    @Arg('scope', () => SessionScope) scope: SessionScope,
  ): Promise<number> {
    return this.sessionBook.revokeMany(caller, scope);
  }
}
