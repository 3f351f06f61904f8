import { Arg, Ctx, Directive, Mutation, Query, Resolver } from 'type-graphql';
import { bearerToken } from '../../../platform/security/authenticator';
import type { Accounts } from '../accounts/accounts';
import type { AuthContext } from '../loaders';
import type { Sessions } from '../sessions/sessions';
import type { Logins } from '../sign-in/logins';
import type { TokenValidations } from '../tokens/token-validations';
import { LoginInput, RegisterInput, SignedInType, TokensType, TokenValidationType } from './types';
import { signedInOf, validationOf } from './views';

@Resolver()
export class SignInResolver {
  constructor(
    private readonly accounts: Accounts,
    private readonly logins: Logins,
    private readonly sessions: Sessions,
    private readonly validations: TokenValidations,
  ) {}

  @Directive('@tag(name: "credentials")')
  @Mutation(() => SignedInType, {
    description:
      'Makes an account and signs it in. VALIDATION_FAILED (422) names every reason; USERNAME_TAKEN, EMAIL_TAKEN (409).',
  })
  async register(
    @Ctx() { client }: AuthContext,
    @Arg('input', () => RegisterInput) input: RegisterInput,
  ): Promise<SignedInType> {
    return signedInOf(await this.accounts.register(input, client));
  }

  @Directive('@tag(name: "credentials")')
  @Mutation(() => SignedInType, {
    description:
      'Signs in. INVALID_CREDENTIALS (401) does not say what was wrong; MFA_REQUIRED (401) when the password is right and a second factor is on, with a `challenge` for `completeLogin`, good for five minutes and one sign-in; TOO_MANY_ATTEMPTS (429) after five failures in a row, with `retryAfterSeconds`: a second, doubling up to fifteen minutes.',
  })
  async login(
    @Ctx() { client }: AuthContext,
    @Arg('input', () => LoginInput) input: LoginInput,
  ): Promise<SignedInType> {
    return signedInOf(await this.logins.logIn(input, client));
  }

  @Directive('@tag(name: "credentials")')
  @Mutation(() => TokensType, {
    description:
      'New tokens for a refresh token, which is spent by that; for ten seconds it may be asked again and gets the same. REFRESH_TOKEN_INVALID (401); REFRESH_TOKEN_REUSED (401) ends the session, because two hold it.',
  })
  refresh(
    @Ctx() { client }: AuthContext,
    @Arg('refreshToken', () => String) refreshToken: string,
  ): Promise<TokensType> {
    return this.sessions.refresh(refreshToken, client);
  }

  @Directive('@authenticated')
  @Mutation(() => Boolean, {
    description:
      'Ends the session of this request, or all of the caller. When it answers, every server refuses their tokens. SERVICE_UNAVAILABLE (503) when not all could be told yet.',
  })
  async logout(
    @Ctx() { caller, client }: AuthContext,
    @Arg('everywhere', () => Boolean, { nullable: true, defaultValue: false }) everywhere: boolean | null,
  ): Promise<boolean> {
    await this.sessions.logOut(caller, everywhere === true, client);
    return true;
  }

  @Query(() => TokenValidationType, {
    description: 'Whether an access token is good: the one given, otherwise the one of this request.',
  })
  async validateToken(
    @Ctx() { request }: AuthContext,
    @Arg('token', () => String, { nullable: true }) token: string | null | undefined,
  ): Promise<TokenValidationType> {
    return validationOf(await this.validations.validate(token ?? bearerToken(request.headers.authorization)));
  }
}
