import { Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { DateTime } from '../../../platform/graphql/scalars';
import { PermissionKind } from '../files/grants';
import { ShareOutcome } from '../tables';

registerEnumType(PermissionKind, {
  name: 'FilePermissionKind',
  description: 'A right to a file. The rights to write and to delete include reading.',
});

@ObjectType('FilePermission', {
  simpleResolvers: true,
  description: 'A right that the owner of a file has granted.',
})
export class FilePermission {
  @Field(() => ID)
  fileId: string;

  @Field(() => ID)
  userId: string;

  @Field(() => PermissionKind)
  permission: PermissionKind;
}

@ObjectType('FileShare', {
  simpleResolvers: true,
  description: 'A link that opens a file to everybody who has it.',
})
export class FileShare {
  @Field(() => ID)
  id: string;

  @Field(() => ID)
  fileId: string;

  @Field(() => DateTime)
  createdAt: Date;

  @Field(() => DateTime, { nullable: true, description: 'Null for a link that does not expire.' })
  expiresAt: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Null while the link is not revoked.' })
  revokedAt: Date | null;

  @Field(() => Boolean)
  hasPassword: boolean;

  @Field(() => Int, { nullable: true, description: 'Null for a link without a limit.' })
  maxDownloads: number | null;

  @Field(() => Int, {
    description: 'Downloads so far. The ranges that one client reads within an hour are one.',
  })
  downloads: number;
}

registerEnumType(ShareOutcome, {
  name: 'ShareOutcome',
  description: 'The result of an access to a share link.',
});

@ObjectType('FileShareAccess', {
  simpleResolvers: true,
  description: 'One entry of the access log of a share link.',
})
export class FileShareAccess {
  @Field(() => DateTime)
  at: Date;

  @Field(() => String, { description: 'The IP address of the client.' })
  address: string;

  @Field(() => String)
  userAgent: string;

  @Field(() => ShareOutcome)
  outcome: ShareOutcome;
}

@InputType('ShareFileInput', { description: 'The limits of a share link.' })
export class ShareFileInput {
  @Field(() => Int, {
    nullable: true,
    description: 'Seconds, at most 366 days; without it the link does not expire.',
  })
  expiresIn?: number | null;

  @Field(() => String, { nullable: true, description: '4 to 1,024 characters.' })
  password?: string | null;

  @Field(() => Int, { nullable: true, description: '1 to 1,000,000.' })
  maxDownloads?: number | null;
}

@ObjectType('ShareFilePayload', { simpleResolvers: true, description: 'A new share link.' })
export class ShareFilePayload {
  @Field(() => FileShare)
  share: FileShare;

  @Field(() => String, { description: 'The path of the link at the gateway.' })
  url: string;

  @Field(() => String, { description: 'The secret of the link. It is shown only once.' })
  token: string;

  @Field(() => DateTime, { nullable: true })
  expiresAt: Date | null;
}
