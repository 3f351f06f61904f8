import { Arg, Ctx, Directive, Mutation, Query, Resolver } from 'type-graphql';
import { bearerToken } from '../../../platform/security/authenticator';
import type { AuthDomain } from '../domain';
import type { AuthContext } from '../loaders';
import { LoginInput, RegisterInput, SignedInType, TokensType, TokenValidationType } from './types';
import { signedInOf, validationOf } from './views';

@Resolver()
export class SignInResolver {
  constructor(
    private readonly domain: Pick<
      AuthDomain,
      'accounts' | 'logins' | 'refreshes' | 'revocations' | 'validations'
    >,
  ) {}

  @Directive('@tag(name: "credentials")')
  @Mutation(() => SignedInType, {
    nullable: true,
    description:
      'Creates an account and signs it in. Errors: USERNAME_TAKEN, EMAIL_TAKEN (409), VALIDATION_FAILED (422) with every reason.',
  })
  async register(
    @Ctx() { client }: AuthContext,
    @Arg('input', () => RegisterInput) input: RegisterInput,
  ): Promise<SignedInType> {
    return signedInOf(await this.domain.accounts.register(input, client));
  }

  @Directive('@tag(name: "credentials")')
  @Mutation(() => SignedInType, {
    nullable: true,
    description:
      'Signs in with a password. An account with a second factor answers MFA_REQUIRED with a `challenge` for `completeLogin`, valid for five minutes and one sign-in. Limits: after five failures in a row a wait of one second, which doubles up to fifteen minutes. Errors: INVALID_CREDENTIALS, MFA_REQUIRED (401), VALIDATION_FAILED (422), TOO_MANY_ATTEMPTS (429) with `retryAfterSeconds`.',
  })
  async login(
    @Ctx() { client }: AuthContext,
    @Arg('input', () => LoginInput) input: LoginInput,
  ): Promise<SignedInType> {
    return signedInOf(await this.domain.logins.logIn(input, client));
  }

  @Directive('@tag(name: "credentials")')
  @Mutation(() => TokensType, {
    nullable: true,
    description:
      'Exchanges a refresh token for new tokens; within ten seconds the same token gets the same answer again. A later reuse ends the session, because two clients hold the token. Errors: REFRESH_TOKEN_INVALID, REFRESH_TOKEN_REUSED (401).',
  })
  refresh(
    @Ctx() { client }: AuthContext,
    @Arg('refreshToken', () => String) refreshToken: string,
  ): Promise<TokensType> {
    return this.domain.refreshes.refresh(refreshToken, client);
  }

  @Directive('@authenticated')
  @Mutation(() => Boolean, {
    nullable: true,
    description:
      'Ends the session of this request, or all sessions of the caller. When it answers, every server refuses their tokens. Errors: SERVICE_UNAVAILABLE (503) when the session has ended and some servers do not know it yet.',
  })
  async logout(
    @Ctx() { caller, client }: AuthContext,
    @Arg('everywhere', () => Boolean, { nullable: true, defaultValue: false }) everywhere: boolean | null,
  ): Promise<boolean> {
    await this.domain.revocations.logOut(caller, everywhere === true, client);
    return true;
  }

  @Query(() => TokenValidationType, {
    nullable: true,
    description: 'Whether an access token is valid: the given one, or the token of this request.',
  })
  async validateToken(
    @Ctx() { request }: AuthContext,
    @Arg('token', () => String, { nullable: true }) token: string | null | undefined,
  ): Promise<TokenValidationType> {
    return validationOf(
      await this.domain.validations.validate(token ?? bearerToken(request.headers.authorization)),
    );
  }
}
