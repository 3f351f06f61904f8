import { Ctx, Directive, Field, FieldResolver, ID, ObjectType, Resolver, Root } from 'type-graphql';
import type { FilesContext } from '../loaders';
import { File } from './types';
import { fileOf } from './views';

@ObjectType('UserProfile', { simpleResolvers: true, description: 'The profile of a user.' })
@Directive('@key(fields: "id")')
export class UserProfile {
  @Field(() => ID)
  id: string;

  @Directive('@external')
  @Field(() => ID, { nullable: true })
  avatarFileId?: string | null;
}

/** A field of this service, which knows who may read the file. */
@Resolver(() => UserProfile)
export class AvatarResolver {
  @Directive('@requires(fields: "avatarFileId")')
  @FieldResolver(() => File, {
    nullable: true,
    description:
      'The uploaded picture of the user. Null for none, and for callers who may not read the file; a public file is read by everybody.',
  })
  async avatar(
    @Root() { avatarFileId }: UserProfile,
    @Ctx() { loaders }: FilesContext,
  ): Promise<File | null> {
    const row = avatarFileId == null ? null : await loaders.file.load(avatarFileId);
    return row && fileOf(row);
  }
}
