import { Arg, Ctx, Directive, ID, Int, Mutation, Query, Resolver } from 'type-graphql';
import { mapPage, type Page } from '../../../platform/database/keyset';
import type { FilesContext } from '../loaders';
import type { Quarantine } from '../scanning/quarantine';
import { File, FileConnection } from './types';
import { fileOf } from './views';

@Resolver()
export class QuarantineResolver {
  constructor(private readonly quarantine: Quarantine) {}

  @Directive('@requiresScopes(scopes: [["files:quarantine"]])')
  @Query(() => FileConnection, {
    nullable: true,
    description:
      'Files in which malware was found after they were stored, the newest first. Needs `files:quarantine`. Errors: VALIDATION_FAILED (422) for a page size outside of 1 to 100.',
  })
  async quarantinedFiles(
    @Ctx() { caller }: FilesContext,
    @Arg('first', () => Int, { nullable: true, defaultValue: 20 }) first: number | null,
    @Arg('after', () => String, { nullable: true }) after: string | null | undefined,
  ): Promise<Page<File>> {
    return mapPage(await this.quarantine.list(caller, { first, after }), fileOf);
  }

  @Directive('@requiresScopes(scopes: [["files:quarantine"]])')
  @Mutation(() => File, {
    nullable: true,
    description:
      'Makes a file available that is in quarantine by mistake. Needs `files:quarantine`. Errors: NOT_FOUND (404) when the file is not in quarantine.',
  })
  async releaseFile(@Ctx() { caller }: FilesContext, @Arg('id', () => ID) id: string): Promise<File> {
    return fileOf(await this.quarantine.release(caller, id));
  }
}
