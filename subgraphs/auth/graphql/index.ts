import type { Subgraph } from '../../../platform/graphql/subgraph-schema';
import { maySee } from '../../../platform/security/caller';
import type { Accounts } from '../accounts';
import type { ApiKeys } from '../api-keys';
import type { EmailVerifications } from '../email-verifications';
import type { AuthContext } from '../loaders';
import type { Logins } from '../logins';
import type { PasswordChanges } from '../password-changes';
import type { PasswordResets } from '../password-resets';
import type { Reauthentications } from '../reauthentications';
import type { SecurityEvents } from '../security-events';
import type { Sessions } from '../sessions';
import type { SigningKeys } from '../signing-keys';
import type { TokenValidations } from '../token-validations';
import type { TotpFactors } from '../totp-factors';
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
