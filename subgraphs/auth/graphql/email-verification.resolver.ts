import { Arg, Ctx, Directive, Mutation, Resolver } from 'type-graphql';
import type { EmailVerifications } from '../accounts/email-verifications';
import type { AuthContext } from '../loaders';

@Resolver()
export class EmailVerificationResolver {
  constructor(private readonly verifications: EmailVerifications) {}

  @Directive('@authenticated')
  @Mutation(() => Boolean, {
    description:
      'Mails the caller another link to verify their email; the first comes by itself after registering. Good for three days. EMAIL_VERIFIED (409) when it is already; RATE_LIMITED (429) after five in the last hour.',
  })
  async requestEmailVerification(@Ctx() { caller }: AuthContext): Promise<boolean> {
    await this.verifications.request(caller);
    return true;
  }

  @Directive('@tag(name: "credentials")')
  @Mutation(() => Boolean, {
    description:
      'Verifies the email a token was mailed to; nobody needs to be signed in. ACCOUNT_TOKEN_INVALID (422) for one that was used, has expired, is for something else or was never made.',
  })
  async verifyEmail(
    @Ctx() { client }: AuthContext,
    @Arg('token', () => String) token: string,
  ): Promise<boolean> {
    await this.verifications.verify(token, client);
    return true;
  }
}
