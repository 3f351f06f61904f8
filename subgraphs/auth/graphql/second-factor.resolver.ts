import { Arg, Ctx, Directive, FieldResolver, ID, Int, Mutation, Resolver, Root } from 'type-graphql';
import { holds, isSelf } from '../../../platform/security/caller';
import type { AuthContext } from '../loaders';
import type { TotpFactors } from '../second-factor/totp-factors';
import type { Logins } from '../sign-in/logins';
import type { Reauthentications } from '../sign-in/reauthentications';
import {
  CompleteLoginInput,
  IssuedRecoveryCodes,
  ReauthenticateInput,
  TotpEnrolment,
} from './second-factor.types';
import { SignedInType, TokensType, User } from './types';
import { signedInOf, userOf } from './views';

@Resolver(() => User)
export class SecondFactorResolver {
  constructor(
    private readonly logins: Logins,
    private readonly reauthentications: Reauthentications,
    private readonly factors: TotpFactors,
  ) {}

  @Directive('@tag(name: "credentials")')
  @Mutation(() => SignedInType, {
    description:
      'The second step of a sign-in that answered MFA_REQUIRED. INVALID_CODE (401), TOO_MANY_ATTEMPTS (429) as `login`; CHALLENGE_INVALID (401) when the challenge was used, is too old, or the password or factor has changed: begin again.',
  })
  async completeLogin(
    @Ctx() { client }: AuthContext,
    @Arg('input', () => CompleteLoginInput) input: CompleteLoginInput,
  ): Promise<SignedInType> {
    return signedInOf(await this.logins.complete(input, client));
  }

  @Directive('@authenticated')
  @Directive('@tag(name: "credentials")')
  @Mutation(() => TokensType, {
    description:
      'Proves again who is signed in, for what answers REAUTHENTICATION_REQUIRED (401): tokens of the same session, with `auth_time` now. INVALID_CREDENTIALS, INVALID_CODE (401), TOO_MANY_ATTEMPTS (429) as `login`; VALIDATION_FAILED (422) when a code is due.',
  })
  reauthenticate(
    @Ctx() { caller, client }: AuthContext,
    @Arg('input', () => ReauthenticateInput) input: ReauthenticateInput,
  ): Promise<TokensType> {
    return this.reauthentications.reauthenticate(caller, input, client);
  }

  @Directive('@authenticated')
  @Mutation(() => TotpEnrolment, {
    description:
      'Begins a second factor: a new secret for an authenticator app, in place of one that was not confirmed. Sign-ins ask for it once `confirmTotp` has been answered. Needs a sign-in of the last ten minutes, else REAUTHENTICATION_REQUIRED (401); TOTP_ALREADY_ENABLED (409).',
  })
  enrolTotp(@Ctx() { caller }: AuthContext): Promise<TotpEnrolment> {
    return this.factors.enrol(caller);
  }

  @Directive('@authenticated')
  @Directive('@tag(name: "credentials")')
  @Mutation(() => IssuedRecoveryCodes, {
    description:
      'Turns the second factor on with a code of the app, and ends the other sessions of the caller, which a password alone began. INVALID_CODE, REAUTHENTICATION_REQUIRED (401), TOTP_NOT_ENROLLED, TOTP_ALREADY_ENABLED (409), TOO_MANY_ATTEMPTS (429).',
  })
  async confirmTotp(
    @Ctx() { caller, client }: AuthContext,
    @Arg('code', () => String, { description: 'The six digits of the app.' }) code: string,
  ): Promise<IssuedRecoveryCodes> {
    return { codes: await this.factors.confirm(caller, code, client) };
  }

  @Directive('@authenticated')
  @Directive('@tag(name: "credentials")')
  @Mutation(() => User, {
    description:
      'Turns the second factor off; the recovery codes go with it, sessions stay. INVALID_CODE, REAUTHENTICATION_REQUIRED (401), TOTP_NOT_ENABLED (409), TOO_MANY_ATTEMPTS (429).',
  })
  async disableTotp(
    @Ctx() { caller, client }: AuthContext,
    @Arg('code', () => String, { description: 'The six digits of the app, or a recovery code.' })
    code: string,
  ): Promise<User> {
    return userOf(await this.factors.disable(caller, code, client));
  }

  @Directive('@authenticated')
  @Mutation(() => IssuedRecoveryCodes, {
    description:
      'Ten new recovery codes in place of those there were. REAUTHENTICATION_REQUIRED (401), TOTP_NOT_ENABLED (409).',
  })
  async renewRecoveryCodes(@Ctx() { caller, client }: AuthContext): Promise<IssuedRecoveryCodes> {
    return { codes: await this.factors.renewRecoveryCodes(caller, client) };
  }

  @Directive('@requiresScopes(scopes: [["users:reset-factors"]])')
  @Mutation(() => User, {
    description:
      'Turns off the second factor of somebody who lost the app and the recovery codes, and ends all their sessions. Needs `users:reset-factors` and a sign-in of the last ten minutes; OWN_ACCOUNT, TOTP_NOT_ENABLED (409).',
  })
  async resetTotp(
    @Ctx() { caller, client }: AuthContext,
    @Arg('userId', () => ID) userId: string,
  ): Promise<User> {
    return userOf(await this.factors.reset(caller, userId, client));
  }

  @FieldResolver(() => Boolean, {
    nullable: true,
    description:
      'Whether sign-ins ask for a second factor. One’s own, or with `users:reset-factors` anybody’s; null for others.',
  })
  totpEnabled(@Root() { id }: User, @Ctx() { caller, loaders }: AuthContext): Promise<boolean> | null {
    if (!isSelf(caller, id) && !holds(caller, 'users:reset-factors')) return null;
    return loaders.totpFactor.load(id).then(factor => factor !== null);
  }

  @FieldResolver(() => Int, {
    nullable: true,
    description:
      'Recovery codes that were not used yet. One’s own; null for others, and while `totpEnabled` is not.',
  })
  recoveryCodesLeft(@Root() { id }: User, @Ctx() { caller }: AuthContext): Promise<number | null> | null {
    return isSelf(caller, id) ? this.factors.recoveryCodesLeft(id) : null;
  }
}
