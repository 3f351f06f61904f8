import {
  Arg,
  Args,
  Ctx,
  Directive,
  FieldResolver,
  ID,
  Int,
  Mutation,
  Query,
  Resolver,
  Root,
  Subscription,
} from 'type-graphql';
import { mapPage, type Page } from '../../../platform/database/keyset';
import { startsWithCurrentState } from '../../../platform/graphql/subgraph-tags';
import type { Files } from '../files/files';
import { fileChanged } from '../files/live-files';
import type { SignedLinks } from '../files/signed-links';
import type { FilesContext } from '../loaders';
import { isPicture, thumbnailOptions } from '../thumbnails/thumbnail-options';
import { ThumbnailArgs } from './thumbnail.types';
import { File, FileConnection, FileFilterInput, StorageUsage, UpdateFileInput, User } from './types';
import { fileOf } from './views';

@Resolver(() => File)
export class FileResolver {
  constructor(
    private readonly files: Files,
    private readonly links: SignedLinks,
  ) {}

  @Directive('@authenticated')
  @Query(() => FileConnection, {
    name: 'files',
    nullable: true,
    description:
      'Files that the caller may read, the newest first: own and granted ones, or those of the owner that the filter names. Errors: VALIDATION_FAILED (422) for a page size outside of 1 to 100.',
  })
  async page(
    @Ctx() { caller }: FilesContext,
    @Arg('first', () => Int, { nullable: true, defaultValue: 20 }) first: number | null,
    @Arg('after', () => String, { nullable: true }) after: string | null | undefined,
    @Arg('filter', () => FileFilterInput, { nullable: true }) filter: FileFilterInput | null | undefined,
  ): Promise<Page<File>> {
    return mapPage(await this.files.list(caller, filter ?? {}, { first, after }), fileOf);
  }

  @Query(() => File, {
    nullable: true,
    description: 'One file; null for an unknown id and for a file that the caller may not read.',
  })
  async file(@Ctx() { loaders }: FilesContext, @Arg('id', () => ID) id: string): Promise<File | null> {
    const row = await loaders.file.load(id);
    return row && fileOf(row);
  }

  @Directive('@authenticated')
  @Mutation(() => File, {
    nullable: true,
    description:
      'Changes name, tags or visibility. Needs ownership, a grant to write, or `files:write`. Errors: NOT_FOUND (404), VERSION_CONFLICT (409), VALIDATION_FAILED (422).',
  })
  async updateFile(
    @Ctx() { caller }: FilesContext,
    @Arg('id', () => ID) id: string,
    @Arg('input', () => UpdateFileInput) { version, ...patch }: UpdateFileInput,
  ): Promise<File> {
    return fileOf(await this.files.update(caller, id, patch, version));
  }

  @Directive('@authenticated')
  @Mutation(() => Boolean, {
    nullable: true,
    description:
      'Deletes a file: metadata and bytes. Needs ownership, a grant to delete, or `files:delete`. Errors: NOT_FOUND (404).',
  })
  async deleteFile(@Ctx() { caller }: FilesContext, @Arg('id', () => ID) id: string): Promise<boolean> {
    await this.files.delete(caller, id);
    return true;
  }

  @Directive(startsWithCurrentState)
  @Subscription(() => File, {
    nullable: true,
    topics: fileChanged,
    topicId: ({ args }) => (args as { id: string }).id,
    description:
      'The file now, and after each change of its metadata or status. Null once it is deleted, and for callers who may not read it.',
  })
  async fileChanged(@Ctx() { loaders }: FilesContext, @Arg('id', () => ID) id: string): Promise<File | null> {
    const row = await loaders.file.load(id);
    return row && fileOf(row);
  }

  @FieldResolver(() => User, { description: 'The user who uploaded the file.' })
  owner(@Root() { ownerId }: File): User {
    return { id: ownerId };
  }

  @FieldResolver(() => String, {
    description:
      'Path and query of a link that downloads the file without a token, as long as its creator may read the file. Limits: `expiresIn` is 1 second to 7 days. Errors: VALIDATION_FAILED (422).',
  })
  async downloadUrl(
    @Ctx() { caller }: FilesContext,
    @Root() { id }: File,
    @Arg('expiresIn', () => Int, { defaultValue: 3600, description: 'Seconds.' }) expiresIn: number,
  ): Promise<string> {
    const query = await this.links.queryFor(caller, 'download', id, expiresIn);
    return `/files/download/${id}?${new URLSearchParams(query)}`;
  }

  @FieldResolver(() => String, {
    nullable: true,
    description:
      'Path and query of a smaller picture, without a token; null when the file is not a picture. Sizes are pixels out of a list, such as 64, 128, 256, 512 or 1024; 256 wide when both are absent. Without a format it is the best that `Accept` names. Limits: `expiresIn` is 1 second to 7 days. Errors: VALIDATION_FAILED (422).',
  })
  async thumbnailUrl(
    @Ctx() { caller }: FilesContext,
    @Root() { id, contentType }: File,
    @Args(() => ThumbnailArgs) { expiresIn, ...input }: ThumbnailArgs,
  ): Promise<string | null> {
    if (!isPicture(contentType)) return null;
    thumbnailOptions(input, 'png');
    const options = Object.entries(input).flatMap(([name, value]) =>
      value == null ? [] : [[name, String(value).toLowerCase()]],
    );
    const query = {
      ...Object.fromEntries(options),
      ...(await this.links.queryFor(caller, 'thumbnail', id, expiresIn)),
    };
    return `/files/thumbnails/${id}?${new URLSearchParams(query)}`;
  }
}

@Resolver(() => User)
export class FileOwnerResolver {
  constructor(
    private readonly owned: Files,
    private readonly quotaBytes: number,
  ) {}

  @FieldResolver(() => FileConnection, {
    nullable: true,
    description: 'Files of the user that the caller may read, the newest first.',
  })
  async files(
    @Root() { id }: User,
    @Ctx() { caller }: FilesContext,
    @Arg('first', () => Int, { nullable: true, defaultValue: 20 }) first: number | null,
    @Arg('after', () => String, { nullable: true }) after: string | null | undefined,
  ): Promise<Page<File> | null> {
    if (caller.kind === 'anonymous') return null;
    return mapPage(await this.owned.list(caller, { ownerId: id }, { first, after }), fileOf);
  }

  @FieldResolver(() => StorageUsage, {
    nullable: true,
    description:
      'The storage that the user takes. Needs `files:read` for another user, and is null without it.',
  })
  async storageUsage(@Root() { id }: User, @Ctx() { caller }: FilesContext): Promise<StorageUsage | null> {
    const usage = await this.owned.usageOf(caller, id);
    return usage && { ...usage, quotaBytes: this.quotaBytes };
  }
}
