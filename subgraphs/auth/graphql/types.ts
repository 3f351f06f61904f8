import 'reflect-metadata';
import { Directive, Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { DateTime } from '../../../platform/scalars';

@ObjectType('User', { simpleResolvers: true, description: 'A person with an account.' })
@Directive('@key(fields: "id")')
export class User {
  @Field(() => ID)
  id: string;

  @Field(() => String, {
    nullable: true,
    description: 'Unique, whatever its case; 3 to 32 characters. Null for those who may not see this user.',
  })
  username: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Unique, whatever its case. Null for those who may not see this user.',
  })
  email: string | null;

  @Field(() => Boolean, { nullable: true, description: 'False while suspended: no login, no token.' })
  isActive: boolean | null;

  @Field(() => DateTime, { nullable: true, description: 'When the account was made.' })
  createdAt: Date | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'The last login with a password; null before the first.',
  })
  lastLogin: Date | null;
}

@ObjectType('UserSession', {
  simpleResolvers: true,
  description: 'One login on one device, until it is logged out, revoked or expires.',
})
export class UserSession {
  @Field(() => ID)
  id: string;

  @Field(() => String, { description: 'Browser and system, as far as the user agent tells.' })
  device: string;

  @Field(() => String, { description: 'The user agent as it was sent, at most 300 characters.' })
  userAgent: string;

  @Field(() => String, { description: 'Address it was last used from (IPv4 or IPv6).' })
  address: string;

  @Field(() => DateTime)
  createdAt: Date;

  @Field(() => DateTime, { description: 'The last time its tokens were refreshed.' })
  lastSeenAt: Date;

  @Field(() => DateTime, { description: 'When it ends, however often it is refreshed.' })
  expiresAt: Date;

  @Field(() => Boolean, { description: 'Whether it is the session of this request.' })
  isCurrent: boolean;
}

@ObjectType('TokenPair', {
  simpleResolvers: true,
  description: 'An access token and the refresh token that continues it (RFC 6749 §5.1).',
})
export class TokenPair {
  @Field(() => String, { description: 'Send as `authorization: Bearer …` (RFC 6750).' })
  accessToken: string;

  @Field(() => String, { description: 'Good once; each refresh gives the next one.' })
  refreshToken: string;

  @Field(() => String, { description: 'Always `bearer`.' })
  tokenType: string;

  @Field(() => Int, { description: 'Seconds the access token lives.' })
  expiresIn: number;
}

@ObjectType('AuthPayload', { simpleResolvers: true, description: 'Who has signed in, and their tokens.' })
export class AuthPayload extends TokenPair {
  @Field(() => User)
  user: User;
}

@ObjectType('TokenValidation', {
  simpleResolvers: true,
  description: 'What is known of an access token (after RFC 7662).',
})
export class TokenValidation {
  @Field(() => Boolean, { description: 'Whether it is accepted now.' })
  active: boolean;

  @Field(() => ID, { nullable: true })
  userId: string | null;

  @Field(() => [String])
  roles: readonly string[];

  @Field(() => [String], { description: 'Effective permissions as they are now, wildcards kept.' })
  permissions: readonly string[];

  @Field(() => DateTime, { nullable: true })
  expiresAt: Date | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Why it is not active: TOKEN_INVALID, TOKEN_EXPIRED, TOKEN_REVOKED, ACCOUNT_INACTIVE or TOKEN_MISSING.',
  })
  reason: string | null;
}

@InputType('RegisterInput')
export class RegisterInput {
  @Field(() => String, { description: '3 to 32 letters, digits, dots, dashes, underscores.' })
  username: string;

  @Field(() => String, { description: 'At most 254 characters.' })
  email: string;

  @Field(() => String, {
    description: '8 to 1,024 characters; none of the commonest, not made of the names.',
  })
  password: string;
}

@InputType('LoginInput')
export class LoginInput {
  @Field(() => String, { description: 'Username or email address.' })
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
  description: 'Which of one’s own sessions.',
  valuesConfig: { OTHERS: { description: 'All but the one of this request.' } },
});
