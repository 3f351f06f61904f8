import { Arg, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql';
import { bearerToken } from '../../../platform/authenticator';
import type { Accounts } from '../accounts';
import type { AuthContext } from '../loaders';
import { AuthPayload, LoginInput, RegisterInput, TokenValidation, User } from './types';
import { payloadOf, userOf } from './views';

@Resolver()
export class AccountResolver {
  constructor(private readonly accounts: Accounts) {}

  @Query(() => User, { description: 'The signed-in user; UNAUTHENTICATED when nobody is.' })
  async me(@Ctx() { caller }: AuthContext): Promise<User> {
    return userOf(await this.accounts.me(caller));
  }

  @Query(() => TokenValidation, {
    description:
      'Whether an access token is accepted now, or why not; the token of this request when none is given.',
  })
  async validateToken(
    @Ctx() { request }: AuthContext,
    @Arg('token', () => String, { nullable: true }) token: string | null | undefined,
  ): Promise<TokenValidation> {
    return this.accounts.validate(token ?? bearerToken(request.headers.authorization) ?? '');
  }

  @Mutation(() => AuthPayload, {
    description:
      'Makes an account and signs it in. VALIDATION_FAILED names every wrong field with its reasons; USERNAME_TAKEN, EMAIL_TAKEN.',
  })
  async register(
    @Ctx() { client }: AuthContext,
    @Arg('input', () => RegisterInput) input: RegisterInput,
  ): Promise<AuthPayload> {
    return payloadOf(await this.accounts.register(client, input));
  }

  @Mutation(() => AuthPayload, {
    description:
      'Signs in by username or email. INVALID_CREDENTIALS whether the name or the password is wrong; TOO_MANY_ATTEMPTS after repeated failures, with the seconds to wait.',
  })
  async login(
    @Ctx() { client }: AuthContext,
    @Arg('input', () => LoginInput) input: LoginInput,
  ): Promise<AuthPayload> {
    return payloadOf(await this.accounts.logIn(client, input));
  }

  @Mutation(() => User, {
    description:
      'Suspends an account and ends its sessions everywhere. Needs `users:activate`; OWN_ACCOUNT, LAST_ADMINISTRATOR.',
  })
  async deactivateUser(@Ctx() { caller }: AuthContext, @Arg('id', () => ID) id: string): Promise<User> {
    return userOf(await this.accounts.setActive(caller, id, false));
  }

  @Mutation(() => User, { description: 'Lets a suspended account in again. Needs `users:activate`.' })
  async reactivateUser(@Ctx() { caller }: AuthContext, @Arg('id', () => ID) id: string): Promise<User> {
    return userOf(await this.accounts.setActive(caller, id, true));
  }
}
