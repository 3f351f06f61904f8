import { Arg, Ctx, Directive, ID, Mutation, Query, Resolver, Root, Subscription } from 'type-graphql';
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
    description:
      'Creates a user: the account and the profile, or neither. Needs `users:create`. VALIDATION_FAILED names every wrong field; USERNAME_TAKEN, EMAIL_TAKEN (409).',
  })
  async createUser(
    @Ctx() { caller, client }: UsersContext,
    @Arg('input', () => CreateUserInput) input: CreateUserInput,
    @Arg('idempotencyKey', () => String, {
      nullable: true,
      description:
        '1 to 255 printable ASCII characters. For 24 hours the same key with the same input answers the same user, whatever became of the first answer; with another input it is IDEMPOTENCY_KEY_REUSED (409).',
    })
    idempotencyKey: string | null | undefined,
  ): Promise<User> {
    return userOf(await this.creations.create(caller, input, idempotencyKey, client));
  }

  @Directive('@authenticated')
  @Mutation(() => Deletion, {
    description:
      'Deletes a user everywhere: oneself, or with `users:delete` anybody; others answer NOT_FOUND. Takes a sign-in of the last ten minutes, REAUTHENTICATION_REQUIRED (401) otherwise. All access has ended when it answers; the rest follows, see `deletion`. LAST_ADMINISTRATOR (409). Asked again it answers the same deletion.',
  })
  async deleteUser(@Ctx() { caller }: UsersContext, @Arg('id', () => ID) id: string): Promise<Deletion> {
    return deletionOf(await this.deletions.request(caller, id));
  }

  @Query(() => Deletion, {
    nullable: true,
    description:
      'How far a deletion is, for who asked for it and holders of `users:delete`; null for others. Of one’s own account the id alone is enough, without a token: there is none any more.',
  })
  async deletion(@Ctx() { caller }: UsersContext, @Arg('id', () => ID) id: string): Promise<Deletion | null> {
    const found = await this.deletions.find(caller, id);
    return found === null ? null : deletionOf(found);
  }

  @Subscription(() => Deletion, {
    nullable: true,
    topics: deletionChanged,
    topicId: ({ args }) => (args as { id: string }).id,
    description:
      'The deletion after each service that answers, for those who may read `deletion`; it begins with the next one.',
  })
  async deletionChanged(
    @Ctx() context: UsersContext,
    @Root() _: unknown,
    @Arg('id', () => ID) id: string,
  ): Promise<Deletion | null> {
    return this.deletion(context, id);
  }

  @Directive('@authenticated')
  @Mutation(() => DataExport, {
    description:
      'Begins a copy of everything that is held of the caller, in all services. EXPORT_RUNNING (409) while one is made, TOO_MANY_EXPORTS (429) after three in an hour.',
  })
  async exportMyData(@Ctx() { caller }: UsersContext): Promise<DataExport> {
    return dataExportOf(await this.exports.request(caller));
  }

  @Directive('@authenticated')
  @Query(() => DataExport, {
    nullable: true,
    description: 'One’s own export; null for others’, and for one that has expired.',
  })
  async dataExport(
    @Ctx() { caller }: UsersContext,
    @Arg('id', () => ID) id: string,
  ): Promise<DataExport | null> {
    const found = await this.exports.find(caller, id);
    return found === null ? null : dataExportOf(found);
  }
}
