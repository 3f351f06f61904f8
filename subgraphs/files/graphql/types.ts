import { Directive, Field, Float, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { connectionOf } from '../../../platform/graphql/connection';
import { DateTime } from '../../../platform/graphql/scalars';
import { FileStatus } from '../tables';

registerEnumType(FileStatus, {
  name: 'FileStatus',
  description: 'The result of the virus scan of a file.',
  valuesConfig: {
    AVAILABLE: { description: 'The content may be read.' },
    PENDING_SCAN: {
      description: 'The scanner does not answer. The file is scanned again, and is not served before.',
    },
    QUARANTINED: { description: 'Malware was found after the file was stored. The content is not served.' },
  },
});

@ObjectType('User', { simpleResolvers: true, description: 'A person with an account.' })
@Directive('@key(fields: "id")')
export class User {
  @Field(() => ID)
  id: string;
}

@ObjectType('File', { simpleResolvers: true, description: 'The metadata of a stored file.' })
@Directive('@key(fields: "id")')
export class File {
  @Field(() => ID)
  id: string;

  @Field(() => String, { description: 'The name that downloads have, at most 255 bytes.' })
  filename: string;

  @Field(() => String, { description: 'The name that the client sent with the upload.' })
  originalFilename: string;

  @Field(() => String, { description: 'The media type of the content, found in its bytes.' })
  contentType: string;

  @Field(() => String, {
    nullable: true,
    description: 'The media type that the client named. It may differ from `contentType`.',
  })
  declaredType: string | null;

  @Field(() => Float, { description: 'Bytes; a whole number up to 2^49.' })
  size: number;

  @Field(() => String, { description: 'SHA-256 of the content, in hexadecimal.' })
  sha256: string;

  @Field(() => ID, { description: 'The id of the owner.' })
  ownerId: string;

  @Field(() => FileStatus, { description: 'Whether the content may be read; the metadata always may.' })
  status: FileStatus;

  @Field(() => String, { nullable: true, description: 'The name of the malware in the file; null for none.' })
  malware: string | null;

  @Field(() => Boolean, { description: 'Whether everybody may read it, without signing in.' })
  isPublic: boolean;

  @Field(() => [String])
  tags: string[];

  @Field(() => DateTime)
  createdAt: Date;

  @Field(() => DateTime)
  updatedAt: Date;

  @Field(() => Int, { description: 'Grows with each change of the metadata; pass it to `updateFile`.' })
  version: number;
}

export const FileConnection = connectionOf('File', () => File);

@InputType('FileFilter', { description: 'Conditions that all hold.' })
export class FileFilterInput {
  @Field(() => ID, {
    nullable: true,
    description: 'Files of this owner; those that the caller owns or was granted when absent.',
  })
  ownerId?: string | null;

  @Field(() => String, { nullable: true })
  tag?: string | null;

  @Field(() => String, { nullable: true, description: 'A media type, or a range such as `image/*`.' })
  contentType?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'A part of the file name, without regard to case.',
  })
  name?: string | null;
}

@InputType('UpdateFileInput', { description: 'The fields that change.' })
export class UpdateFileInput {
  @Field(() => String, { nullable: true, description: '1 to 255 bytes, no slashes or control characters.' })
  filename?: string | null;

  @Field(() => [String], { nullable: true, description: 'At most 32 tags of 64 characters.' })
  tags?: string[] | null;

  @Field(() => Boolean, { nullable: true })
  isPublic?: boolean | null;

  @Field(() => Int, {
    nullable: true,
    description: 'The change is refused when this is not the current version.',
  })
  version?: number | null;
}

@ObjectType('StorageUsage', { simpleResolvers: true, description: 'The storage that a user takes.' })
export class StorageUsage {
  @Field(() => Float, { description: 'Bytes of all files; a whole number.' })
  bytes: number;

  @Field(() => Int)
  files: number;

  @Field(() => Float, { description: 'Bytes that the user may store; a whole number.' })
  quotaBytes: number;
}
