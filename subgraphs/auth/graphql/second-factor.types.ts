import 'reflect-metadata';
import { Field, InputType, ObjectType } from 'type-graphql';

@ObjectType('TotpEnrolment', {
  simpleResolvers: true,
  description:
    'The shared secret of an authenticator app (RFC 6238: SHA-1, six digits, 30 seconds). No other answer shows it.',
})
export class TotpEnrolment {
  @Field(() => String, { description: 'Base32, 160 bits, for typing where the app cannot read a QR code.' })
  secret: string;

  @Field(() => String, { description: 'The secret as an `otpauth://totp/…` URI, for a QR code.' })
  uri: string;
}

@ObjectType('RecoveryCodes', {
  simpleResolvers: true,
  description:
    'Codes that replace the authenticator app when it is lost. Plinth stores their hashes only and cannot show them again.',
})
export class IssuedRecoveryCodes {
  @Field(() => [String], {
    description: 'Ten codes, each valid for one use. Codes that were issued before are invalid.',
  })
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
    description:
      'The six digits of the authenticator app, or a recovery code. Required where the account has a second factor.',
  })
  code?: string | null;
}
