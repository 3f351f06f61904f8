import { Arg, Ctx, Directive, FieldResolver, ID, Mutation, Resolver, Root } from 'type-graphql';
import { type Grants, PermissionKind } from '../files/grants';
import type { FilesContext } from '../loaders';
import type { Shares } from '../shares/shares';
import { FilePermission, FileShare, FileShareAccess, ShareFileInput, ShareFilePayload } from './share.types';
import { File } from './types';
import { fileOf, shareOf } from './views';

@Resolver(() => File)
export class SharingResolver {
  constructor(
    private readonly grants: Grants,
    private readonly shared: Shares,
  ) {}

  @Directive('@authenticated')
  @Mutation(() => File, {
    nullable: true,
    description:
      'Grants a user a right to a file. Needs ownership or `files:write`. Errors: FORBIDDEN (403) for callers who may only read it, NOT_FOUND (404), VALIDATION_FAILED (422).',
  })
  async grantFilePermission(
    @Ctx() { caller }: FilesContext,
    @Arg('fileId', () => ID) fileId: string,
    @Arg('userId', () => ID) userId: string,
    @Arg('permission', () => PermissionKind) permission: PermissionKind,
  ): Promise<File> {
    return fileOf(await this.grants.grant(caller, { fileId, userId, permission }));
  }

  @Directive('@authenticated')
  @Mutation(() => File, {
    nullable: true,
    description:
      'Ends a right, or all rights of the user when `permission` is absent; without reading no right remains. Errors as `grantFilePermission`.',
  })
  async revokeFilePermission(
    @Ctx() { caller }: FilesContext,
    @Arg('fileId', () => ID) fileId: string,
    @Arg('userId', () => ID) userId: string,
    @Arg('permission', () => PermissionKind, { nullable: true }) permission:
      | PermissionKind
      | null
      | undefined,
  ): Promise<File> {
    return fileOf(await this.grants.revoke(caller, { fileId, userId, permission: permission ?? null }));
  }

  @Directive('@authenticated')
  @Mutation(() => ShareFilePayload, {
    nullable: true,
    description:
      'Makes a link that opens a file without signing in. Needs ownership or `files:write`. Errors: FORBIDDEN (403), NOT_FOUND (404), VALIDATION_FAILED (422).',
  })
  async shareFile(
    @Ctx() { caller }: FilesContext,
    @Arg('id', () => ID) id: string,
    @Arg('input', () => ShareFileInput, { nullable: true }) input: ShareFileInput | null | undefined,
  ): Promise<ShareFilePayload> {
    const made = await this.shared.create(caller, id, input ?? {});
    const share = shareOf(made.share);
    return { share, url: `/s/${made.token}`, token: made.token, expiresAt: share.expiresAt };
  }

  @Directive('@authenticated')
  @Mutation(() => FileShare, {
    nullable: true,
    description: 'Revokes a share link at once. Errors: FORBIDDEN (403), NOT_FOUND (404).',
  })
  async revokeShare(@Ctx() { caller }: FilesContext, @Arg('id', () => ID) id: string): Promise<FileShare> {
    return shareOf(await this.shared.revoke(caller, id));
  }

  @FieldResolver(() => [FilePermission], {
    description:
      'The granted rights, at most 1,000 users; empty for callers who are not the owner and lack `files:write`.',
  })
  permissions(@Root() file: File, @Ctx() { caller }: FilesContext): Promise<FilePermission[]> {
    return this.grants.of(caller, file);
  }

  @FieldResolver(() => [FileShare], {
    description:
      'The newest 100 share links; empty for callers who are not the owner and lack `files:write`.',
  })
  async shares(@Root() file: File, @Ctx() { caller }: FilesContext): Promise<FileShare[]> {
    return (await this.shared.of(caller, file)).map(shareOf);
  }
}

@Resolver(() => FileShare)
export class FileShareResolver {
  constructor(private readonly shares: Shares) {}

  @FieldResolver(() => [FileShareAccess], { description: 'The newest 100 entries of the access log.' })
  async accesses(@Root() { id }: FileShare): Promise<FileShareAccess[]> {
    return (await this.shares.accessesOf(id)).map(row => ({ ...row, at: new Date(row.at) }));
  }
}
