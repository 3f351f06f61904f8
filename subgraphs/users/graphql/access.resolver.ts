import { Arg, Ctx, Directive, ID, Query, Resolver } from 'type-graphql';
import type { UsersContext } from '../loaders';
import type { Explanations } from '../roles/explanations';
import { AccessExplanation } from './types';
import { explanationOf } from './views';

@Resolver(() => AccessExplanation)
export class AccessResolver {
  constructor(private readonly explanations: Explanations) {}

  @Directive('@authenticated')
  @Query(() => AccessExplanation, {
    nullable: true,
    description:
      'Which role grants a user a permission, or which roles would grant it. Needs `users:read` for another user. Errors: NOT_FOUND (404), VALIDATION_FAILED (422) for a permission with a wildcard.',
  })
  async explainAccess(
    @Ctx() { caller }: UsersContext,
    @Arg('userId', () => ID) userId: string,
    @Arg('permission', () => String) permission: string,
  ): Promise<AccessExplanation> {
    return explanationOf(await this.explanations.explain(caller, userId, permission));
  }
}
