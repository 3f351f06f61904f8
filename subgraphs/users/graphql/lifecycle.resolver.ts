import { Arg, Ctx, Directive, ID, Mutation, Query, Resolver, Subscription } from 'type-graphql';
import { startsWithCurrentState } from '../../../platform/graphql/subgraph-tags';
import type { Creations } from '../lifecycle/creations';
import { type Deletions, deletionChanged } from '../lifecycle/deletions';
import type { Exports } from '../lifecycle/exports';
import type { UsersContext } from '../loaders';
import { CreateUserInput, DataExport, Deletion } from './lifecycle.types';
import { User } from './types';
import { dataExportOf, deletionOf, userOf } from './views';

@Resolver()
export class LifecycleResolver {
  constructor(
    private readonly creations: Creations,
    private readonly deletions: Deletions,
    private readonly exports: Exports,
  ) {}

  @Directive('@requiresScopes(scopes: [["users:create"]])')
  @Mutation(() => User, {
    nullable: true,
    description:
      'Creates a user: the account and the profile, or neither. Needs `users:create`, and for roles `users:assign-roles` and each permission that they grant. Errors: USERNAME_TAKEN, EMAIL_TAKEN, IDEMPOTENCY_KEY_REUSED (409), VALIDATION_FAILED (422) with every wrong field, SERVICE_UNAVAILABLE (503).',
  })
  async createUser(
    @Ctx() { caller, client }: UsersContext,
    @Arg('input', () => CreateUserInput) input: CreateUserInput,
    @Arg('idempotencyKey', () => String, {
      nullable: true,
      description:
        '1 to 255 printable ASCII characters. For 24 hours the same key with the same input returns the same user. Errors: IDEMPOTENCY_KEY_REUSED (409) for another input.',
    })
    idempotencyKey: string | null | undefined,
  ): Promise<User> {
    return userOf(await this.creations.create(caller, input, idempotencyKey, client));
  }

  @Directive('@authenticated')
  @Mutation(() => Deletion, {
    nullable: true,
    description:
      'Deletes a user in every service: access has ended when it answers, and `deletion` shows the progress of the rest. A repeated call returns the same deletion. Needs a sign-in of the last ten minutes, and `users:delete` for another user. Errors: REAUTHENTICATION_REQUIRED (401), NOT_FOUND (404), LAST_ADMINISTRATOR (409), SERVICE_UNAVAILABLE (503).',
  })
  async deleteUser(
    @Ctx() { caller, client }: UsersContext,
    @Arg('id', () => ID) id: string,
  ): Promise<Deletion> {
    return deletionOf(await this.deletions.request(caller, client, id));
  }

  @Query(() => Deletion, {
    nullable: true,
    description:
      'The progress of a deletion; null for an unknown id. The id alone is enough after the deletion of one’s own account, whose tokens have ended. Needs `users:delete` for a deletion that another caller requested, and is null without it.',
  })
  async deletion(@Ctx() { caller }: UsersContext, @Arg('id', () => ID) id: string): Promise<Deletion | null> {
    const found = await this.deletions.find(caller, id);
    return found === null ? null : deletionOf(found);
  }

  @Directive(startsWithCurrentState)
  @Subscription(() => Deletion, {
    nullable: true,
    topics: deletionChanged,
    topicId: ({ args }) => (args as { id: string }).id,
    description: 'The deletion now, and after each step. Null for callers who cannot read `deletion`.',
  })
  async deletionChanged(
    @Ctx() context: UsersContext,
    @Arg('id', () => ID) id: string,
  ): Promise<Deletion | null> {
    return this.deletion(context, id);
  }

  @Directive('@authenticated')
  @Mutation(() => DataExport, {
    nullable: true,
    description:
      'Starts an export of all data that the services hold of the caller. Limits: three an hour. Errors: EXPORT_RUNNING (409), TOO_MANY_EXPORTS (429).',
  })
  async exportMyData(@Ctx() { caller }: UsersContext): Promise<DataExport> {
    return dataExportOf(await this.exports.request(caller));
  }

  @Directive('@authenticated')
  @Query(() => DataExport, {
    nullable: true,
    description:
      'An export of the caller; null for an unknown id, for the export of another user, and after it has expired.',
  })
  async dataExport(
    @Ctx() { caller }: UsersContext,
    @Arg('id', () => ID) id: string,
  ): Promise<DataExport | null> {
    const found = await this.exports.find(caller, id);
    return found === null ? null : dataExportOf(found);
  }
}
