import 'reflect-metadata';
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { connectionOf } from '../../../platform/database/page';
import { DateTime } from '../../../platform/graphql/scalars';

@ObjectType('ApiKey', {
  simpleResolvers: true,
  description:
    'A credential for scripts and services, sent as `x-api-key`. It acts with its scopes and nothing more.',
})
export class ApiKey {
  @Field(() => ID)
  id: string;

  @Field(() => String)
  name: string;

  @Field(() => String, { description: 'How the key begins, to recognise it by.' })
  prefix: string;

  @Field(() => [String], { description: 'Permissions, as those of roles; wildcards such as `users:*`.' })
  scopes: string[];

  @Field(() => ID, { description: 'The user who made it.' })
  createdBy: string;

  @Field(() => DateTime)
  createdAt: Date;

  @Field(() => DateTime, { nullable: true, description: 'Null when it does not expire.' })
  expiresAt: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'To the minute; null while it never was.' })
  lastUsedAt: Date | null;

  @Field(() => DateTime, { nullable: true })
  revokedAt: Date | null;
}

export const ApiKeyConnection = connectionOf('ApiKey', () => ApiKey);

@ObjectType('CreatedApiKey', { simpleResolvers: true })
export class CreatedApiKey {
  @Field(() => ApiKey)
  apiKey: ApiKey;

  @Field(() => String, { description: 'The key itself. It is not stored and cannot be shown again.' })
  key: string;
}

@InputType('CreateApiKeyInput')
export class CreateApiKeyInput {
  @Field(() => String, { description: '1 to 100 characters.' })
  name: string;

  @Field(() => [String], { description: '1 to 50 permissions, none more than one holds oneself.' })
  scopes: string[];

  @Field(() => DateTime, {
    nullable: true,
    description: 'In the future; the key does not expire without it.',
  })
  expiresAt?: Date | null;
}
