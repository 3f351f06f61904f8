import { Arg, Ctx, Directive, ID, Mutation, Resolver } from 'type-graphql';
import type { AuthContext } from '../loaders';
import type { SessionRevocations } from '../sessions/session-revocations';
import { SessionScope } from './types';

@Resolver()
export class SessionResolver {
  constructor(private readonly revocations: SessionRevocations) {}

  @Directive('@authenticated')
  @Mutation(() => Boolean, {
    nullable: true,
    description:
      'Ends one session. When it answers, every server refuses its tokens. Needs `sessions:revoke` for the session of another user. Errors: NOT_FOUND (404), SERVICE_UNAVAILABLE (503) as `logout`.',
  })
  async revokeSession(
    @Ctx() { caller, client }: AuthContext,
    @Arg('id', () => ID) id: string,
  ): Promise<boolean> {
    await this.revocations.revoke(caller, id, client);
    return true;
  }

  @Directive('@authenticated')
  @Mutation(() => Boolean, {
    nullable: true,
    description: 'Ends several sessions of the caller, as `revokeSession` does.',
  })
  async revokeSessions(
    @Ctx() { caller, client }: AuthContext,
    @Arg('scope', () => SessionScope) scope: SessionScope,
  ): Promise<boolean> {
    await this.revocations.revokeMany(caller, scope, client);
    return true;
  }
}
