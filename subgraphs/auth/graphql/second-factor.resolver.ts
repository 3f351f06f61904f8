import { Arg, Ctx, Directive, FieldResolver, ID, Int, Mutation, Resolver, Root } from 'type-graphql';
import type { AuthDomain } from '../domain';
import type { AuthContext } from '../loaders';
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
    private readonly domain: Pick<AuthDomain, 'logins' | 'reauthentications' | 'factors' | 'enrolments'>,
  ) {}

  @Directive('@tag(name: "credentials")')
  @Mutation(() => SignedInType, {
    nullable: true,
    description:
      'The second step of a sign-in that answered MFA_REQUIRED. Limits: as `login`. Errors: INVALID_CODE, CHALLENGE_INVALID (401), VALIDATION_FAILED (422), TOO_MANY_ATTEMPTS (429).',
  })
  async completeLogin(
    @Ctx() { client }: AuthContext,
    @Arg('input', () => CompleteLoginInput) input: CompleteLoginInput,
  ): Promise<SignedInType> {
    return signedInOf(await this.domain.logins.complete(input, client));
  }

  @Directive('@authenticated')
  @Directive('@tag(name: "credentials")')
  @Mutation(() => TokensType, {
    nullable: true,
    description:
      'Authenticates the signed-in user again, after an operation answered REAUTHENTICATION_REQUIRED. The tokens belong to the same session and have a new `auth_time`. Limits: as `login`. Errors: INVALID_CREDENTIALS, INVALID_CODE (401), VALIDATION_FAILED (422) without a required code, TOO_MANY_ATTEMPTS (429).',
  })
  reauthenticate(
    @Ctx() { caller, client }: AuthContext,
    @Arg('input', () => ReauthenticateInput) input: ReauthenticateInput,
  ): Promise<TokensType> {
    return this.domain.reauthentications.reauthenticate(caller, input, client);
  }

  @Directive('@authenticated')
  @Mutation(() => TotpEnrolment, {
    nullable: true,
    description:
      'Creates a secret for an authenticator app and replaces one that was not confirmed. Sign-ins ask for a code after `confirmTotp`. Needs a sign-in of the last ten minutes. Errors: REAUTHENTICATION_REQUIRED (401), TOTP_ALREADY_ENABLED (409).',
  })
  enrolTotp(@Ctx() { caller }: AuthContext): Promise<TotpEnrolment> {
    return this.domain.enrolments.enrol(caller);
  }

  @Directive('@authenticated')
  @Directive('@tag(name: "credentials")')
  @Mutation(() => IssuedRecoveryCodes, {
    nullable: true,
    description:
      'Enables the second factor with a code of the app. It ends the other sessions of the caller, which a password alone opened. Needs a sign-in of the last ten minutes. Errors: INVALID_CODE, REAUTHENTICATION_REQUIRED (401), TOTP_NOT_ENROLLED, TOTP_ALREADY_ENABLED (409), VALIDATION_FAILED (422), TOO_MANY_ATTEMPTS (429).',
  })
  async confirmTotp(
    @Ctx() { caller, client }: AuthContext,
    @Arg('code', () => String, { description: 'The six digits of the app.' }) code: string,
  ): Promise<IssuedRecoveryCodes> {
    return { codes: await this.domain.enrolments.confirm(caller, code, client) };
  }

  @Directive('@authenticated')
  @Directive('@tag(name: "credentials")')
  @Mutation(() => User, {
    nullable: true,
    description:
      'Disables the second factor and deletes the recovery codes; sessions stay. Needs a sign-in of the last ten minutes. Errors: INVALID_CODE, REAUTHENTICATION_REQUIRED (401), TOTP_NOT_ENABLED (409), VALIDATION_FAILED (422), TOO_MANY_ATTEMPTS (429).',
  })
  async disableTotp(
    @Ctx() { caller, client }: AuthContext,
    @Arg('code', () => String, { description: 'The six digits of the app, or a recovery code.' })
    code: string,
  ): Promise<User> {
    return userOf(await this.domain.enrolments.disable(caller, code, client));
  }

  @Directive('@authenticated')
  @Mutation(() => IssuedRecoveryCodes, {
    nullable: true,
    description:
      'Issues ten new recovery codes and invalidates the old ones. Needs a sign-in of the last ten minutes. Errors: REAUTHENTICATION_REQUIRED (401), TOTP_NOT_ENABLED (409).',
  })
  async renewRecoveryCodes(@Ctx() { caller, client }: AuthContext): Promise<IssuedRecoveryCodes> {
    return { codes: await this.domain.enrolments.renewRecoveryCodes(caller, client) };
  }

  @Directive('@requiresScopes(scopes: [["users:reset-factors"]])')
  @Mutation(() => User, {
    nullable: true,
    description:
      'Disables the second factor of a user who lost the app and the recovery codes, and ends all sessions of that user. Needs `users:reset-factors` and a sign-in of the last ten minutes. Errors: REAUTHENTICATION_REQUIRED (401), NOT_FOUND (404), OWN_ACCOUNT, TOTP_NOT_ENABLED (409).',
  })
  async resetTotp(
    @Ctx() { caller, client }: AuthContext,
    @Arg('userId', () => ID) userId: string,
  ): Promise<User> {
    return userOf(await this.domain.enrolments.reset(caller, userId, client));
  }

  @FieldResolver(() => Boolean, {
    nullable: true,
    description:
      'Whether sign-ins ask for a second factor. Needs `users:reset-factors` for another user, and is null without it.',
  })
  totpEnabled(@Root() { id }: User, @Ctx() { loaders }: AuthContext): Promise<boolean | null> {
    return loaders.totpEnabled.load(id);
  }

  @FieldResolver(() => Int, {
    nullable: true,
    description: 'The number of unused recovery codes. Null for another user, and without a second factor.',
  })
  recoveryCodesLeft(@Root() { id }: User, @Ctx() { caller }: AuthContext): Promise<number | null> {
    return this.domain.factors.recoveryCodesLeft(caller, id);
  }
}
