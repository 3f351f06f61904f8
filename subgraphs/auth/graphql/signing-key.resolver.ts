import { Ctx, Directive, Mutation, Resolver } from 'type-graphql';
import type { AuthContext } from '../loaders';
import type { SigningKeys } from '../tokens/signing-keys';
import { SigningKeyType } from './types';

@Resolver()
export class SigningKeyResolver {
  constructor(private readonly keys: SigningKeys) {}

  @Directive('@requiresScopes(scopes: [["keys:rotate"]])')
  @Mutation(() => SigningKeyType, {
    nullable: true,
    description:
      'Creates the next signing key, which is published at once and signs after ten minutes. Tokens of the old key stay valid until they expire. Needs `keys:rotate`.',
  })
  async rotateSigningKey(@Ctx() { caller }: AuthContext): Promise<SigningKeyType> {
    const { kid, signsFrom } = await this.keys.rotate(caller);
    return { kid, signsFrom: new Date(signsFrom) };
  }
}
