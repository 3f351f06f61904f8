import { Directive, Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { DateTime } from '../../../platform/graphql/scalars';

@ObjectType('User', {
  simpleResolvers: true,
  description:
    'Somebody with an account. What others may not see of it looks as if it were not there: it takes the permission `users:read`, or being that user.',
})
@Directive('@key(fields: "id")')
export class User {
  @Field(() => ID)
  id: string;

  @Field(() => String, {
    nullable: true,
    description: 'Unique whatever the capitals. Null for those who may not see it.',
  })
  username: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Unique whatever the capitals. Null for those who may not see it.',
  })
  email: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'False while the account is suspended. Null for those who may not see it.',
  })
  isActive: boolean | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When the account was made. Null for those who may not see it.',
  })
  createdAt: Date | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'The last sign-in with a password, and the second factor where one is on; null before it.',
  })
  lastLogin: Date | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      'Whether its owner has proved to read mail sent to `email`. Null for those who may not see it.',
  })
  emailVerified: boolean | null;
}

@ObjectType('UserSession', {
  simpleResolvers: true,
  description: 'One sign-in, on one device, until it is revoked, logged out or expires.',
})
export class UserSession {
  @Field(() => ID)
  id: string;

  @Field(() => String, { description: 'Browser and system, such as `Firefox on Linux`; a guess.' })
  device: string;

  @Field(() => String, { description: 'The `user-agent` header of the sign-in, at most 300 characters.' })
  userAgent: string;

  @Field(() => String, { description: 'IP address it was last seen at.' })
  address: string;

  @Field(() => DateTime, { description: 'The sign-in.' })
  createdAt: Date;

  @Field(() => DateTime, { description: 'The sign-in, or the last refresh.' })
  lastSeenAt: Date;

  @Field(() => DateTime, { description: 'When it ends by itself; a refresh does not move that.' })
  expiresAt: Date;

  @Field(() => Boolean, { description: 'Whether this request came with it.' })
  isCurrent: boolean;
}

@ObjectType('Tokens', { simpleResolvers: true, description: 'What a client keeps of a session.' })
export class TokensType {
  @Field(() => String, {
    description: 'For `authorization: Bearer …`. Good until it expires or its session ends.',
  })
  accessToken: string;

  @Field(() => String, {
    description: 'For `refresh`, once: each refresh gives the next. Keep it as safe as a password.',
  })
  refreshToken: string;

  @Field(() => String, { description: 'Always `bearer`.' })
  tokenType: string;

  @Field(() => Int, { description: 'Seconds the access token lives.' })
  expiresIn: number;
}

@ObjectType('SignedIn', { simpleResolvers: true, description: 'Who is signed in now, and with what.' })
export class SignedInType extends TokensType {
  @Field(() => User)
  user: User;
}

@ObjectType('TokenValidation', {
  simpleResolvers: true,
  description: 'What an access token is good for, as of this moment.',
})
export class TokenValidationType {
  @Field(() => Boolean)
  active: boolean;

  @Field(() => ID, { nullable: true, description: 'Whose token it is; null when it is not active.' })
  userId: string | null;

  @Field(() => [String], { description: 'Names of the roles held now; empty when it is not active.' })
  roles: string[];

  @Field(() => [String], {
    description: 'Permissions held now, wildcards as they are; empty when it is not active.',
  })
  permissions: string[];

  @Field(() => DateTime, { nullable: true, description: 'When it expires; null when it is not active.' })
  expiresAt: Date | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Why it is not active: `TOKEN_INVALID`, `TOKEN_EXPIRED`, `TOKEN_REVOKED`, `ACCOUNT_INACTIVE`, or `UNAUTHENTICATED` when there is none. Null when it is.',
  })
  reason: string | null;
}

@ObjectType('SigningKey', { simpleResolvers: true, description: 'A key that signs access tokens (ES256).' })
export class SigningKeyType {
  @Field(() => ID, { description: 'As in the header of tokens and in the key set.' })
  kid: string;

  @Field(() => DateTime, { description: 'From when on it signs; it is published before.' })
  signsFrom: Date;
}

@InputType('RegisterInput')
export class RegisterInput {
  @Field(() => String, {
    description: '3 to 32 of a-z, 0-9, `.`, `_` and `-`, beginning with a letter or digit.',
  })
  username: string;

  @Field(() => String, { description: 'An email address of at most 254 characters.' })
  email: string;

  @Field(() => String, {
    description:
      '8 to 1024 characters of any kind; none of the commonest passwords, and not made of the username or email.',
  })
  password: string;
}

@InputType('LoginInput')
export class LoginInput {
  @Field(() => String, { description: 'The username or the email address.' })
  username: string;

  @Field(() => String)
  password: string;
}

export enum SessionScope {
  OTHERS = 'others',
  ALL = 'all',
}

registerEnumType(SessionScope, {
  name: 'SessionScope',
  description: 'Which of the sessions of the caller.',
  valuesConfig: {
    OTHERS: { description: 'All but the one of this request.' },
    ALL: { description: 'The one of this request too.' },
  },
});
