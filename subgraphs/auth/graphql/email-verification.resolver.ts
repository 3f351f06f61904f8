import { Arg, Ctx, Directive, Mutation, Resolver } from 'type-graphql';
import type { EmailVerifications } from '../accounts/email-verifications';
import type { AuthContext } from '../loaders';

@Resolver()
export class EmailVerificationResolver {
  constructor(private readonly verifications: EmailVerifications) {}

  @Directive('@authenticated')
  @Mutation(() => Boolean, {
    nullable: true,
    description:
      'Mails the caller another link to verify the email; a registration sends the first one. The link is valid for three days. Limits: five mails an hour. Errors: EMAIL_VERIFIED (409), RATE_LIMITED (429).',
  })
  async requestEmailVerification(@Ctx() { caller }: AuthContext): Promise<boolean> {
    await this.verifications.request(caller);
    return true;
  }

  @Directive('@tag(name: "credentials")')
  @Mutation(() => Boolean, {
    nullable: true,
    description:
      'Verifies the email to which the token was mailed. It needs no access token. Errors: ACCOUNT_TOKEN_INVALID (422).',
  })
  async verifyEmail(
    @Ctx() { client }: AuthContext,
    @Arg('token', () => String) token: string,
  ): Promise<boolean> {
    await this.verifications.verify(token, client);
    return true;
  }
}
