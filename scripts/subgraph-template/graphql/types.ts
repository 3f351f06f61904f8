import { Directive, Field, ID, InputType, ObjectType } from 'type-graphql';
import { DateTime } from '../../../platform/graphql/scalars';

@ObjectType('User', { simpleResolvers: true, description: 'A person with an account.' })
@Directive('@key(fields: "id")')
export class User {
  @Field(() => ID)
  id: string;
}

@ObjectType('Sample', { simpleResolvers: true, description: 'A sample of a user.' })
@Directive('@key(fields: "id")')
export class Sample {
  @Field(() => ID)
  id: string;

  @Field(() => String, { description: '1 to 100 characters.' })
  name: string;

  @Field(() => User, { nullable: true, description: 'The owner.' })
  user: User | null;

  @Field(() => DateTime, { description: 'When it was created.' })
  createdAt: Date;
}

@InputType('CreateSampleInput')
export class CreateSampleInput {
  @Field(() => String, { description: '1 to 100 characters.' })
  name: string;
}
