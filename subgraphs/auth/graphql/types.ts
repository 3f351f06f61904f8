import { Directive, Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { DateTime } from '../../../platform/graphql/scalars';

@ObjectType('User', {
  simpleResolvers: true,
  description: 'A user account. Fields of another user need `users:read` and are null or empty without it.',
})
@Directive('@key(fields: "id")')
export class User {
  @Field(() => ID)
  id: string;

  @Field(() => String, {
    nullable: true,
    description: 'Unique without regard to case. Null without the permission to read it.',
  })
  username: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Unique without regard to case. Null without the permission to read it.',
  })
  email: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'False while the account is suspended. Null without the permission to read it.',
  })
  isActive: boolean | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'The time of the registration. Null without the permission to read it.',
  })
  createdAt: Date | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'The last complete sign-in; null before the first. Null without the permission to read it.',
  })
  lastLogin: Date | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether the owner has verified `email`. Null without the permission to read it.',
  })
  emailVerified: boolean | null;
}

@ObjectType('UserSession', {
  simpleResolvers: true,
  description: 'A sign-in on one device. It ends by logout, by revocation or when it expires.',
})
export class UserSession {
  @Field(() => ID)
  id: string;

  @Field(() => String, {
    description: 'Browser and operating system derived from `userAgent`, such as `Firefox on Linux`.',
  })
  device: string;

  @Field(() => String, { description: 'The `user-agent` header of the sign-in, at most 300 characters.' })
  userAgent: string;

  @Field(() => String, { description: 'The last IP address.' })
  address: string;

  @Field(() => DateTime, { description: 'The time of the sign-in.' })
  createdAt: Date;

  @Field(() => DateTime, { description: 'The time of the sign-in or of the last refresh.' })
  lastSeenAt: Date;

  @Field(() => DateTime, { description: 'The session ends at this time; a refresh does not move it.' })
  expiresAt: Date;

  @Field(() => Boolean, { description: 'Whether the access token of this request belongs to it.' })
  isCurrent: boolean;
}

@ObjectType('Tokens', { simpleResolvers: true, description: 'The tokens of a session.' })
export class TokensType {
  @Field(() => String, {
    description: 'For `authorization: Bearer …`. Valid until it expires or its session ends.',
  })
  accessToken: string;

  @Field(() => String, {
    description: 'For one call of `refresh`, which returns the next one. Store it as safely as a password.',
  })
  refreshToken: string;

  @Field(() => String, { description: 'Always `bearer`.' })
  tokenType: string;

  @Field(() => Int, { description: 'Lifetime of the access token in seconds.' })
  expiresIn: number;
}

@ObjectType('SignedIn', { simpleResolvers: true, description: 'The tokens and the user of a sign-in.' })
export class SignedInType extends TokensType {
  @Field(() => User)
  user: User;
}

@ObjectType('TokenValidation', {
  simpleResolvers: true,
  description: 'The state of an access token at this moment.',
})
export class TokenValidationType {
  @Field(() => Boolean)
  active: boolean;

  @Field(() => ID, { nullable: true, description: 'The user of the token; null when it is not active.' })
  userId: string | null;

  @Field(() => [String], { description: 'The names of the user’s roles; empty when it is not active.' })
  roles: string[];

  @Field(() => [String], {
    description: 'The user’s permissions, wildcards included; empty when it is not active.',
  })
  permissions: string[];

  @Field(() => DateTime, { nullable: true, description: 'When it expires; null when it is not active.' })
  expiresAt: Date | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The error code of a token that is not active: `TOKEN_INVALID`, `TOKEN_EXPIRED`, `TOKEN_REVOKED`, `ACCOUNT_INACTIVE`, or `UNAUTHENTICATED` without a token. Null when it is active.',
  })
  reason: string | null;
}

@ObjectType('SigningKey', { simpleResolvers: true, description: 'A key that signs access tokens (ES256).' })
export class SigningKeyType {
  @Field(() => ID, { description: 'The key id in the header of tokens and in the key set.' })
  kid: string;

  @Field(() => DateTime, { description: 'The time from which it signs; it is published earlier.' })
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
      '8 to 1,024 characters of any kind; no common password, and not derived from the username or email.',
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
  description: 'A selection of the caller’s sessions.',
  valuesConfig: {
    OTHERS: { description: 'All sessions except that of this request.' },
    ALL: { description: 'All sessions.' },
  },
});
