import type { Subgraph } from '../../../platform/graphql/subgraph-schema';
import { maySee } from '../../../platform/security/caller';
import type { Accounts } from '../accounts/accounts';
import type { EmailVerifications } from '../accounts/email-verifications';
import type { AuthContext } from '../loaders';
import type { PasswordChanges } from '../passwords/password-changes';
import type { PasswordResets } from '../passwords/password-resets';
import type { TotpFactors } from '../second-factor/totp-factors';
import type { SecurityEvents } from '../security-events/security-events';
import type { Sessions } from '../sessions/sessions';
import type { Logins } from '../sign-in/logins';
import type { Reauthentications } from '../sign-in/reauthentications';
import type { ApiKeys } from '../tokens/api-keys';
import type { SigningKeys } from '../tokens/signing-keys';
import type { TokenValidations } from '../tokens/token-validations';
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

export function subgraph({
  accounts,
  apiKeys,
  emailVerifications,
  factors,
  logins,
  passwordChanges,
  passwordResets,
  reauthentications,
  securityEvents,
  sessions,
  signingKeys,
  validations,
}: {
  accounts: Accounts;
  apiKeys: ApiKeys;
  emailVerifications: EmailVerifications;
  factors: TotpFactors;
  logins: Logins;
  passwordChanges: PasswordChanges;
  passwordResets: PasswordResets;
  reauthentications: Reauthentications;
  securityEvents: SecurityEvents;
  sessions: Sessions;
  signingKeys: SigningKeys;
  validations: TokenValidations;
}): Subgraph<AuthContext> {
  return {
    resolvers: [
      new SignInResolver(accounts, logins, sessions, validations),
      new SecondFactorResolver(logins, reauthentications, factors),
      new UserResolver(accounts),
      new EmailVerificationResolver(emailVerifications),
      new PasswordResolver(passwordChanges, passwordResets),
      new SecurityEventResolver(securityEvents),
      new SessionResolver(sessions),
      new ApiKeyResolver(apiKeys),
      new SigningKeyResolver(signingKeys),
    ],
    references: {
      User: ({ id }, { caller, loaders }) =>
        maySee(caller, id) ? loaders.account.load(id).then(row => row && userOf(row)) : null,
    },
  };
}
