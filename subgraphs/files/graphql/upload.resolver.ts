import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';
import {
  Arg,
  Ctx,
  Directive,
  Field,
  Float,
  ID,
  InputType,
  Mutation,
  ObjectType,
  Resolver,
} from 'type-graphql';
import { DateTime } from '../../../platform/graphql/scalars';
import type { StagedUploads } from '../files/staged-uploads';
import type { FilesContext } from '../loaders';
import type { PresignedUploads } from '../resumable/presigned-uploads';
import { File } from './types';
import { fileOf } from './views';

/** The gateway has sent the bytes ahead and puts their id in place of the file. */
const Upload = new GraphQLScalarType<string, never>({
  name: 'Upload',
  description:
    'A file of a multipart operation (https://github.com/jaydenseric/graphql-multipart-request-spec), sent with the header `apollo-require-preflight`.',
  specifiedByURL: 'https://github.com/jaydenseric/graphql-multipart-request-spec',
  parseValue: idOf,
  parseLiteral: node => idOf(node.kind === Kind.STRING ? node.value : undefined),
  serialize: () => {
    throw new GraphQLError('A file cannot be a result');
  },
});

function idOf(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new GraphQLError('Send the operation as multipart/form-data, with the file in a part of its own');
}

@InputType('UploadFileInput', { description: 'The metadata of a new file.' })
export class UploadFileInput {
  @Field(() => String, {
    nullable: true,
    description: 'The name of the part when absent; at most 255 bytes.',
  })
  filename?: string | null;

  @Field(() => [String], { nullable: true, description: 'At most 32 tags of 64 characters.' })
  tags?: string[] | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether everybody may read it. False when absent.' })
  isPublic?: boolean | null;
}

@InputType('CreateUploadInput', { description: 'The announcement of an upload straight to S3.' })
export class CreateUploadInput {
  @Field(() => String, { description: 'At most 255 bytes; never a path.' })
  filename: string;

  @Field(() => Float, { description: 'Bytes; a whole number up to 5 GiB.' })
  size: number;

  @Field(() => String, {
    nullable: true,
    description: 'The media type; the one found in the content counts.',
  })
  contentType?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'SHA-256 of the content, in hexadecimal. The bytes that arrive are compared with it.',
  })
  sha256?: string | null;

  @Field(() => [String], { nullable: true, description: 'At most 32 tags of 64 characters.' })
  tags?: string[] | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether everybody may read it. False when absent.' })
  isPublic?: boolean | null;
}

@ObjectType('CreateUploadPayload', {
  simpleResolvers: true,
  description: 'An upload that goes straight to S3: PUT the bytes to `url`, then call `completeUpload`.',
})
export class CreateUploadPayload {
  @Field(() => ID, { description: 'The id for `completeUpload`, and of the file that it makes.' })
  id: string;

  @Field(() => String, {
    description: 'Takes one PUT of exactly the announced size within an hour. It needs no token.',
  })
  url: string;

  @Field(() => DateTime, { description: 'The upload must be complete before.' })
  expiresAt: Date;
}

@Resolver()
export class UploadResolver {
  constructor(
    private readonly staged: StagedUploads,
    private readonly presigned: PresignedUploads,
  ) {}

  @Directive('@authenticated')
  @Mutation(() => CreateUploadPayload, {
    nullable: true,
    description:
      'Begins an upload straight to S3. Errors: PRESIGNED_UPLOADS_UNAVAILABLE (409) where files are in a folder, FILE_TOO_LARGE, STORAGE_QUOTA_EXCEEDED (413), VALIDATION_FAILED (422).',
  })
  async createUpload(
    @Ctx() { caller }: FilesContext,
    @Arg('input', () => CreateUploadInput) { contentType, ...input }: CreateUploadInput,
  ): Promise<CreateUploadPayload> {
    const { session, url } = await this.presigned.create(caller, { ...input, declaredType: contentType });
    return { id: session.id, url, expiresAt: new Date(session.expiresAt) };
  }

  @Directive('@authenticated')
  @Mutation(() => File, {
    nullable: true,
    description:
      'Makes a file of an upload whose bytes are in S3. Errors: NOT_FOUND (404), UPLOAD_NOT_RECEIVED (409), UPLOAD_MISMATCH (422), and those of `uploadFile`.',
  })
  async completeUpload(@Ctx() { caller }: FilesContext, @Arg('id', () => ID) id: string): Promise<File> {
    return fileOf(await this.presigned.complete(caller, id));
  }

  @Directive('@authenticated')
  @Mutation(() => File, {
    nullable: true,
    description:
      'Stores a file. Errors: FILE_TOO_LARGE, STORAGE_QUOTA_EXCEEDED (413), FILE_TYPE_NOT_ALLOWED (415), FILE_INFECTED, VALIDATION_FAILED (422), STORAGE_FULL (507).',
  })
  async uploadFile(
    @Ctx() { caller }: FilesContext,
    @Arg('file', () => Upload) file: string,
    @Arg('input', () => UploadFileInput, { nullable: true }) input: UploadFileInput | null | undefined,
  ): Promise<File> {
    return fileOf(await this.staged.claim(caller, file, input ?? {}));
  }
}
