import { Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { DateTime, JSONObject } from '../../../platform/graphql/scalars';

@InputType('CreateUserInput', { description: 'A new user: an account and a profile.' })
export class CreateUserInput {
  @Field(() => String, {
    description: '3 to 32 of a-z, 0-9, `.`, `_` and `-`; unique, whatever its capitals.',
  })
  username: string;

  @Field(() => String, { description: 'An email address of at most 254 characters; unique.' })
  email: string;

  @Field(() => String, {
    nullable: true,
    description:
      '8 to 1,024 characters, as at a registration. Without one the user is mailed an invitation to choose it.',
  })
  password?: string | null;

  @Field(() => String, { nullable: true, description: '1 to 100 characters, no control characters.' })
  firstName?: string | null;

  @Field(() => String, { nullable: true, description: '1 to 100 characters, no control characters.' })
  lastName?: string | null;

  @Field(() => String, { nullable: true, description: 'E.164, such as +4930901820. Encrypted at rest.' })
  phone?: string | null;

  @Field(() => JSONObject, {
    nullable: true,
    description: 'A free object: at most 16 KiB as JSON, at most 10 levels deep.',
  })
  metadata?: Record<string, unknown> | null;

  @Field(() => [String], {
    nullable: true,
    description:
      'Names of roles, 1 to 50; `user` when absent. Giving any needs `users:assign-roles` and each permission they grant.',
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
  description:
    'How far a deletion is. Access has ended in all of them; what is left is erased as services answer.',
  valuesConfig: {
    REQUESTED: { description: 'The profile is gone, and the other services have been told.' },
    RUNNING: { description: 'Some have answered.' },
    COMPLETED: { description: 'All have: nothing of the user is left, and username and email are free.' },
  },
});

@ObjectType('ErasureCount', {
  simpleResolvers: true,
  description: 'How many of one kind.',
})
export class ErasureCount {
  @Field(() => String, { description: 'Such as `sessions`.' })
  kind: string;

  @Field(() => Int)
  count: number;
}

@ObjectType('DeletionStep', {
  simpleResolvers: true,
  description: 'What one service does about a deletion.',
})
export class DeletionStep {
  @Field(() => String, { description: 'Its name in the graph, such as `files`.' })
  service: string;

  @Field(() => DateTime, { nullable: true, description: 'Null while it has not answered.' })
  completedAt: Date | null;

  @Field(() => [ErasureCount], { description: 'What is gone; empty for a service that held nothing.' })
  erased: ErasureCount[];

  @Field(() => [ErasureCount], { description: 'What is kept without anything that leads to a person.' })
  anonymised: ErasureCount[];
}

@ObjectType('Deletion', {
  simpleResolvers: true,
  description: 'A user who is deleted, in every service. It says nothing about who that was.',
})
export class Deletion {
  @Field(() => ID, { description: 'Shows the deletion of their own account to whoever knows it.' })
  id: string;

  @Field(() => DeletionStatusType)
  status: DeletionStatusType;

  @Field(() => DateTime)
  requestedAt: Date;

  @Field(() => DateTime, { nullable: true, description: 'Null while services are missing.' })
  completedAt: Date | null;

  @Field(() => [DeletionStep], { description: 'One of each service, by name.' })
  steps: DeletionStep[];
}

export enum DataExportStatusType {
  COLLECTING = 'collecting',
  READY = 'ready',
}
registerEnumType(DataExportStatusType, {
  name: 'DataExportStatus',
  description: 'How far an export is.',
  valuesConfig: {
    COLLECTING: { description: 'Services are asked for their parts; given up after an hour.' },
    READY: { description: 'It can be downloaded for 24 hours.' },
  },
});

@ObjectType('DataExport', {
  simpleResolvers: true,
  description: 'A copy of what all services hold of a user: a ZIP archive of JSON files, a folder a service.',
})
export class DataExport {
  @Field(() => ID)
  id: string;

  @Field(() => DataExportStatusType)
  status: DataExportStatusType;

  @Field(() => DateTime)
  requestedAt: Date;

  @Field(() => DateTime, { description: 'After this it is gone, and so is the link.' })
  expiresAt: Date;

  @Field(() => [String], { description: 'The services whose part has not arrived, by name.' })
  waitingFor: string[];

  @Field(() => String, {
    nullable: true,
    description:
      'Path and query of the archive at the gateway, signed (HMAC, RFC 2104): whoever has it may download, without a token. Null until it is ready.',
  })
  downloadPath: string | null;
}
