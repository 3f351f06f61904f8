import 'reflect-metadata';
import { Field, InputType, ObjectType } from 'type-graphql';

@ObjectType('TotpEnrolment', {
  simpleResolvers: true,
  description:
    'The secret an authenticator app makes codes from (RFC 6238: SHA-1, six digits, 30 seconds). It is shown this once.',
})
export class TotpEnrolment {
  @Field(() => String, { description: 'Base32, 160 bits, to be typed where no QR code can be read.' })
  secret: string;

  @Field(() => String, { description: 'The same as `otpauth://totp/…`, to be shown as a QR code.' })
  uri: string;
}

@ObjectType('RecoveryCodes', {
  simpleResolvers: true,
  description: 'What signs in when the authenticator app is lost. Not stored, so not shown again.',
})
export class IssuedRecoveryCodes {
  @Field(() => [String], { description: 'Ten, each good for one use; those issued before are not.' })
  codes: string[];
}

@InputType('CompleteLoginInput')
export class CompleteLoginInput {
  @Field(() => String, { description: 'The `challenge` of MFA_REQUIRED, at most five minutes old.' })
  challenge: string;

  @Field(() => String, {
    description:
      'The six digits of the authenticator app, or a recovery code. Spaces, hyphens and capitals do not matter.',
  })
  code: string;
}

@InputType('ReauthenticateInput')
export class ReauthenticateInput {
  @Field(() => String)
  password: string;

  @Field(() => String, {
    nullable: true,
    description: 'The six digits of the authenticator app, or a recovery code, where a second factor is on.',
  })
  code?: string | null;
}
