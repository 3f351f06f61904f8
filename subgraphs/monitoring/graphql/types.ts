import { Directive, Field, ID, ObjectType } from 'type-graphql';

@ObjectType('User', { simpleResolvers: true, description: 'A person with an account.' })
@Directive('@key(fields: "id")')
export class User {
  @Field(() => ID)
  id: string;
}
