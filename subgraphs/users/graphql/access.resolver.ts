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
    description:
      'Which role grants a user a permission, or what is missing. About oneself, or with `users:read`; others answer NOT_FOUND. 422 for a wildcard: those are granted, never asked for.',
  })
  async explainAccess(
    @Ctx() { caller }: UsersContext,
    @Arg('userId', () => ID) userId: string,
    @Arg('permission', () => String) permission: string,
  ): Promise<AccessExplanation> {
    return explanationOf(await this.explanations.explain(caller, userId, permission));
  }
}
