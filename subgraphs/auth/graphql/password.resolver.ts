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
    description:
      'Changes the caller’s password and ends their other sessions; when it answers, every server refuses their tokens. The owner is told by mail. VALIDATION_FAILED (422) names every reason against the new password, as `register` does, and refuses the current one again; INVALID_CREDENTIALS (401) for a wrong current one, which counts as a failed sign-in: TOO_MANY_ATTEMPTS (429). With a second factor on it needs a sign-in of the last ten minutes, else REAUTHENTICATION_REQUIRED (401). SERVICE_UNAVAILABLE (503) when it is changed and not all could be told yet.',
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
    description:
      'Mails a link to set a new password, good for an hour, if an active account has this email: always true, and after the same time, whether one has. At most one mail a minute and five an hour to an account, and a hundred an hour from a network; beyond that nothing is mailed. VALIDATION_FAILED (422) for what is no email address.',
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
    description:
      'Sets a new password with the token of a mailed link, which also verifies the email, and ends every session of the account; when it answers, every server refuses their tokens. It signs nobody in: API keys and a second factor stay as they are. ACCOUNT_TOKEN_INVALID (422) as for `verifyEmail`, and for a suspended account; VALIDATION_FAILED (422) names every reason against the password and leaves the token good.',
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
    description:
      'Chooses the first password of an account that somebody made, with the token of the mailed invitation, good for seven days. Otherwise as `resetPassword`.',
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
