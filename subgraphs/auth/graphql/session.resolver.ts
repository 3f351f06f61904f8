import { Arg, Ctx, Directive, ID, Mutation, Resolver } from 'type-graphql';
import type { AuthContext } from '../loaders';
import type { Sessions } from '../sessions/sessions';
import { SessionScope } from './types';

@Resolver()
export class SessionResolver {
  constructor(private readonly sessions: Sessions) {}

  @Directive('@authenticated')
  @Mutation(() => Boolean, {
    description:
      'Ends one session: the caller’s own, or with `sessions:revoke` anybody’s; others are NOT_FOUND. When it answers, every server refuses its tokens.',
  })
  async revokeSession(
    @Ctx() { caller, client }: AuthContext,
    @Arg('id', () => ID) id: string,
  ): Promise<boolean> {
    await this.sessions.revoke(caller, id, client);
    return true;
  }

  @Directive('@authenticated')
  @Mutation(() => Boolean, { description: 'Ends several sessions of the caller, as `revokeSession` does.' })
  async revokeSessions(
    @Ctx() { caller, client }: AuthContext,
    @Arg('scope', () => SessionScope) scope: SessionScope,
  ): Promise<boolean> {
    await this.sessions.revokeMany(caller, scope, client);
    return true;
  }
}
