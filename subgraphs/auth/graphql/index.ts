import type { Subgraph } from '../../../platform/graphql/subgraph-schema';
import type { AuthDomain } from '../domain';
import type { AuthContext } from '../loaders';
import { ApiKeyResolver } from './api-key.resolver';
import { EmailVerificationResolver } from './email-verification.resolver';
import { PasswordResolver } from './password.resolver';
import { SecondFactorResolver } from './second-factor.resolver';
import { SecurityEventResolver } from './security-event.resolver';
import { SessionResolver } from './session.resolver';
import { SignInResolver } from './sign-in.resolver';
import { SigningKeyResolver } from './signing-key.resolver';
import { UserResolver } from './user.resolver';
import { userOf } from './views';

export function subgraph(domain: AuthDomain): Subgraph<AuthContext> {
  return {
    resolvers: [
      new SignInResolver(domain),
      new SecondFactorResolver(domain),
      new UserResolver(domain.accounts, domain.activations),
      new EmailVerificationResolver(domain.emailVerifications),
      new PasswordResolver(domain.passwordChanges, domain.passwordResets),
      new SecurityEventResolver(domain.securityEvents),
      new SessionResolver(domain.revocations),
      new ApiKeyResolver(domain.apiKeys),
      new SigningKeyResolver(domain.signingKeys),
    ],
    references: {
      User: ({ id }, { loaders }) => loaders.account.load(id).then(row => row && userOf(row)),
    },
  };
}
