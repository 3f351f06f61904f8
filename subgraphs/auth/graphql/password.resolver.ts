import { Arg, Ctx, Directive, Mutation, Resolver } from 'type-graphql';
import type { AuthContext } from '../loaders';
import type { PasswordChanges } from '../passwords/password-changes';
import type { PasswordResets } from '../passwords/password-resets';

@Resolver()
export class PasswordResolver {
  constructor(
    private readonly changes: PasswordChanges,
    private readonly resets: PasswordResets,
  ) {}

  @Directive('@authenticated')
  @Directive('@tag(name: "credentials")')
  @Mutation(() => Boolean, {
    nullable: true,
    description:
      'Changes the caller’s password, ends the caller’s other sessions and notifies the caller by mail. A wrong current password counts as a failed sign-in. Needs a sign-in of the last ten minutes where the account has a second factor. Errors: INVALID_CREDENTIALS, REAUTHENTICATION_REQUIRED (401), VALIDATION_FAILED (422) with every reason against the new password, TOO_MANY_ATTEMPTS (429), SERVICE_UNAVAILABLE (503) as `logout`.',
  })
  async changePassword(
    @Ctx() { caller, client }: AuthContext,
    @Arg('currentPassword', () => String) currentPassword: string,
    @Arg('newPassword', () => String) newPassword: string,
  ): Promise<boolean> {
    await this.changes.change(caller, { currentPassword, newPassword }, client);
    return true;
  }

  @Directive('@tag(name: "credentials")')
  @Mutation(() => Boolean, {
    nullable: true,
    description:
      'Mails a link to set a new password, valid for an hour, if an active account has this email. The answer and its time are the same if none has. Limits: one mail a minute and five an hour to an address, a hundred an hour from a network; no further mail is sent. Errors: VALIDATION_FAILED (422).',
  })
  async requestPasswordReset(
    @Ctx() { client }: AuthContext,
    @Arg('email', () => String) email: string,
  ): Promise<boolean> {
    await this.resets.request(email, client);
    return true;
  }

  @Directive('@tag(name: "credentials")')
  @Mutation(() => Boolean, {
    nullable: true,
    description:
      'Sets a new password with the token of a mailed link, verifies the email and ends every session of the account. It does not sign in; API keys and a second factor stay as they are. Errors: ACCOUNT_TOKEN_INVALID (422), also for a suspended account, VALIDATION_FAILED (422) with every reason against the password, SERVICE_UNAVAILABLE (503) as `logout`.',
  })
  async resetPassword(
    @Ctx() { client }: AuthContext,
    @Arg('token', () => String) token: string,
    @Arg('newPassword', () => String) newPassword: string,
  ): Promise<boolean> {
    await this.resets.reset(token, newPassword, client);
    return true;
  }

  @Directive('@tag(name: "credentials")')
  @Mutation(() => Boolean, {
    nullable: true,
    description:
      'Sets the first password of an account with the token of the mailed invitation, which is valid for seven days. Everything else is as in `resetPassword`.',
  })
  async acceptInvitation(
    @Ctx() { client }: AuthContext,
    @Arg('token', () => String) token: string,
    @Arg('newPassword', () => String) newPassword: string,
  ): Promise<boolean> {
    await this.resets.reset(token, newPassword, client, 'invitation');
    return true;
  }
}
