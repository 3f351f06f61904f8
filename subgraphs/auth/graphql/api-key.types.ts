import 'reflect-metadata';
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { connectionOf } from '../../../platform/graphql/connection';
import { DateTime } from '../../../platform/graphql/scalars';

@ObjectType('ApiKey', {
  simpleResolvers: true,
  description:
    'A credential for scripts and services, sent as `x-api-key`. It has the permissions of its scopes, as far as the user who created it holds them.',
})
export class ApiKey {
  @Field(() => ID)
  id: string;

  @Field(() => String)
  name: string;

  @Field(() => String, { description: 'The first characters of the key, by which people recognise it.' })
  prefix: string;

  @Field(() => [String], { description: 'Permissions as in roles, with wildcards such as `users:*`.' })
  scopes: string[];

  @Field(() => ID, { description: 'The user who created it.' })
  createdBy: string;

  @Field(() => DateTime)
  createdAt: Date;

  @Field(() => DateTime, { nullable: true, description: 'Null for a key that does not expire.' })
  expiresAt: Date | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'The last use, to the minute; null before the first.',
  })
  lastUsedAt: Date | null;

  @Field(() => DateTime, { nullable: true })
  revokedAt: Date | null;
}

export const ApiKeyConnection = connectionOf('ApiKey', () => ApiKey);

@ObjectType('CreatedApiKey', { simpleResolvers: true })
export class CreatedApiKey {
  @Field(() => ApiKey)
  apiKey: ApiKey;

  @Field(() => String, { description: 'The key itself. Plinth does not store it and cannot show it again.' })
  key: string;
}

@InputType('CreateApiKeyInput')
export class CreateApiKeyInput {
  @Field(() => String, { description: '1 to 100 characters.' })
  name: string;

  @Field(() => [String], { description: '1 to 50 permissions that the caller holds.' })
  scopes: string[];

  @Field(() => DateTime, {
    nullable: true,
    description: 'A moment in the future; without it the key does not expire.',
  })
  expiresAt?: Date | null;
}
