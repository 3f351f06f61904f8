import { Ctx, Directive, Mutation, Resolver } from 'type-graphql';
import type { AuthContext } from '../loaders';
import type { SigningKeys } from '../tokens/signing-keys';
import { SigningKeyType } from './types';

@Resolver()
export class SigningKeyResolver {
  constructor(private readonly keys: SigningKeys) {}

  @Directive('@requiresScopes(scopes: [["keys:rotate"]])')
  @Mutation(() => SigningKeyType, {
    description:
      'Makes the next key now, before its time: published at once, signing in ten minutes; tokens of the old one stay good until they expire. Needs `keys:rotate`.',
  })
  async rotateSigningKey(@Ctx() { caller }: AuthContext): Promise<SigningKeyType> {
    const { kid, signsFrom } = await this.keys.rotate(caller);
    return { kid, signsFrom: new Date(signsFrom) };
  }
}
