import { Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { DateTime, JSONObject } from '../../../platform/graphql/scalars';

@InputType('CreateUserInput', { description: 'A new user: an account and a profile.' })
export class CreateUserInput {
  @Field(() => String, {
    description: '3 to 32 of a-z, 0-9, `.`, `_` and `-`; unique without regard to case.',
  })
  username: string;

  @Field(() => String, { description: 'An email address of at most 254 characters; unique.' })
  email: string;

  @Field(() => String, {
    nullable: true,
    description:
      '8 to 1,024 characters, as at a registration. Without a password the user gets an invitation by mail.',
  })
  password?: string | null;

  @Field(() => String, { nullable: true, description: '1 to 100 characters, no control characters.' })
  firstName?: string | null;

  @Field(() => String, { nullable: true, description: '1 to 100 characters, no control characters.' })
  lastName?: string | null;

  @Field(() => String, { nullable: true, description: 'E.164, such as +4930901820. Encrypted at rest.' })
  phone?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'A language tag (BCP 47) such as `pt-BR`: the language of messages to the user.',
  })
  locale?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'An IANA time zone such as `Europe/Berlin`: that of local times of messages to the user.',
  })
  timeZone?: string | null;

  @Field(() => JSONObject, {
    nullable: true,
    description: 'A free object: at most 16 KiB as JSON, at most 10 levels deep.',
  })
  metadata?: Record<string, unknown> | null;

  @Field(() => [String], {
    nullable: true,
    description:
      '1 to 50 names of roles; `user` when absent. Needs `users:assign-roles` and each permission that they grant.',
  })
  roles?: string[] | null;
}

export enum DeletionStatusType {
  REQUESTED = 'requested',
  RUNNING = 'running',
  COMPLETED = 'completed',
}
registerEnumType(DeletionStatusType, {
  name: 'DeletionStatus',
  description: 'The progress of a deletion. The access of the user has ended in every state.',
  valuesConfig: {
    REQUESTED: { description: 'The profile is deleted, and the other services have been asked.' },
    RUNNING: { description: 'Some services have answered.' },
    COMPLETED: {
      description:
        'All services have answered: no data of the user is left, and username and email are free.',
    },
  },
});

@ObjectType('ErasureCount', {
  simpleResolvers: true,
  description: 'The number of objects of one kind.',
})
export class ErasureCount {
  @Field(() => String, { description: 'Such as `sessions`.' })
  kind: string;

  @Field(() => Int)
  count: number;
}

@ObjectType('DeletionStep', {
  simpleResolvers: true,
  description: 'The part of one service in a deletion.',
})
export class DeletionStep {
  @Field(() => String, { description: 'The name of the service, such as `files`.' })
  service: string;

  @Field(() => DateTime, { nullable: true, description: 'Null until the service has answered.' })
  completedAt: Date | null;

  @Field(() => [ErasureCount], { description: 'The deleted objects; empty for a service that held none.' })
  erased: ErasureCount[];

  @Field(() => [ErasureCount], { description: 'The objects that are kept without personal data.' })
  anonymised: ErasureCount[];
}

@ObjectType('Deletion', {
  simpleResolvers: true,
  description: 'The deletion of a user in every service. It holds no personal data.',
})
export class Deletion {
  @Field(() => ID, { description: 'Users read the deletion of their own account with it, without a token.' })
  id: string;

  @Field(() => DeletionStatusType)
  status: DeletionStatusType;

  @Field(() => DateTime)
  requestedAt: Date;

  @Field(() => DateTime, { nullable: true, description: 'Null until all services have answered.' })
  completedAt: Date | null;

  @Field(() => [DeletionStep], { description: 'One step for each service, by name.' })
  steps: DeletionStep[];
}

export enum DataExportStatusType {
  COLLECTING = 'collecting',
  READY = 'ready',
}
registerEnumType(DataExportStatusType, {
  name: 'DataExportStatus',
  description: 'The progress of an export.',
  valuesConfig: {
    COLLECTING: { description: 'The services send their parts. Limits: one hour.' },
    READY: { description: 'It can be downloaded for 24 hours.' },
  },
});

@ObjectType('DataExport', {
  simpleResolvers: true,
  description:
    'An export of all data that the services hold of a user: a ZIP archive of JSON files, with one folder for each service.',
})
export class DataExport {
  @Field(() => ID)
  id: string;

  @Field(() => DataExportStatusType)
  status: DataExportStatusType;

  @Field(() => DateTime)
  requestedAt: Date;

  @Field(() => DateTime, { description: 'The export and its link end at this time.' })
  expiresAt: Date;

  @Field(() => [String], { description: 'The names of the services whose part has not arrived.' })
  waitingFor: string[];

  @Field(() => String, {
    nullable: true,
    description:
      'Signed path of the archive at the gateway, which needs no token (HMAC, RFC 2104). It ends with the session that read it, and after 55 minutes. Null until the export is ready.',
  })
  downloadPath: string | null;
}
