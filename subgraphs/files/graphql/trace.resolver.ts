import { Arg, Ctx, Directive, Field, FieldResolver, ID, Int, ObjectType, Resolver, Root } from 'type-graphql';
import { mapPage, type Page } from '../../../platform/database/keyset';
import type { Files } from '../files/files';
import type { FilesContext } from '../loaders';
import { type File, FileConnection } from './types';
import { fileOf } from './views';

@Directive('@key(fields: "id")')
@ObjectType('Trace', {
  simpleResolvers: true,
  description:
    'The work of all services for one request: W3C Trace Context (https://www.w3.org/TR/trace-context/).',
})
export class Trace {
  @Field(() => ID, { description: '32 hexadecimal digits.' })
  id: string;
}

@Resolver(() => Trace)
export class TraceResolver {
  constructor(private readonly stored: Files) {}

  @Directive('@authenticated')
  @FieldResolver(() => FileConnection, {
    nullable: true,
    description: 'Files that the request made and that the caller may read, the newest first.',
  })
  async files(
    @Root() { id }: Trace,
    @Ctx() { caller }: FilesContext,
    @Arg('first', () => Int, { nullable: true, defaultValue: 20 }) first: number | null,
    @Arg('after', () => String, { nullable: true }) after: string | null | undefined,
  ): Promise<Page<File>> {
    return mapPage(await this.stored.ofTrace(caller, id, { first, after }), fileOf);
  }
}
