import type { Keyring } from '../../platform/security/keyring';
import type { ServiceContext } from '../../platform/service-context';
import { AccountAccess } from './accounts/account-access';
import { AccountActivations } from './accounts/account-activations';
import { AccountCreations } from './accounts/account-creations';
import { AccountTokens } from './accounts/account-tokens';
import { Accounts } from './accounts/accounts';
import { ActiveAdministrators } from './accounts/active-administrators';
import { EmailVerifications } from './accounts/email-verifications';
import { MailLimits } from './accounts/mail-limits';
import type { AuthConfig } from './config';
import { PasswordChanges } from './passwords/password-changes';
import { PasswordResets } from './passwords/password-resets';
import type { Passwords } from './passwords/passwords';
import { RecoveryCodes } from './second-factor/recovery-codes';
import { TotpEnrolments } from './second-factor/totp-enrolments';
import { TotpFactors } from './second-factor/totp-factors';
import type { Secrets } from './secrets';
import { SecurityEvents } from './security-events/security-events';
import { RefreshTokens } from './sessions/refresh-tokens';
import { SessionRefreshes } from './sessions/session-refreshes';
import { SessionRevocations } from './sessions/session-revocations';
import { SessionTokens } from './sessions/session-tokens';
import { Sessions } from './sessions/sessions';
import { LoginChallenges } from './sign-in/login-challenges';
import { LoginThrottle } from './sign-in/login-throttle';
import { Logins } from './sign-in/logins';
import { Reauthentications } from './sign-in/reauthentications';
import { AccessTokens } from './tokens/access-tokens';
import type { ApiKeys } from './tokens/api-keys';
import type { SigningKeys } from './tokens/signing-keys';
import { TokenValidations } from './tokens/token-validations';

export type AuthDomain = ReturnType<typeof authDomain>;

/**
 * Makes the objects of the domain, each group from the groups above it. It is one long function, because it is a list that
 * reads from top to bottom.
 */
export function authDomain(
  config: AuthConfig,
  context: Pick<ServiceContext, 'database' | 'relay' | 'metrics' | 'logger' | 'identity'>,
  opened: {
    keyring: Keyring;
    secrets: Secrets;
    passwords: Passwords;
    signingKeys: SigningKeys;
    apiKeys: ApiKeys;
  },
) {
  const { database: db, relay, metrics, logger, identity } = context;
  const { keyring, secrets, passwords, signingKeys, apiKeys } = opened;

  // Limits
  const throttle = new LoginThrottle(db, secrets.keyFor('login throttle'));
  const mailLimits = new MailLimits(db, secrets.keyFor('mail limits'));

  // Tokens
  const { tokenIssuer: issuer, tokenAudience: audience, accessTokenTtl: ttlSeconds } = config;
  const accessTokens = new AccessTokens(signingKeys, { issuer, audience, ttlSeconds }, db.clock);
  const refreshTokens = new RefreshTokens(secrets.keyFor('refresh tokens'));
  const sessionTokens = new SessionTokens(accessTokens, refreshTokens);
  const accountTokens = new AccountTokens(keyring, db.clock);
  const validations = new TokenValidations(db, identity.tokens);

  // Sessions
  const sessions = new Sessions(db, sessionTokens, config.refreshTokenTtl);
  const revocations = new SessionRevocations(db, relay, identity.revocations);
  const refreshes = new SessionRefreshes(db, sessionTokens, revocations, logger);

  // Second factor
  const recoveryCodes = new RecoveryCodes(secrets.keyFor('recovery codes'));
  const factors = new TotpFactors(db, keyring, recoveryCodes);
  const enrolments = new TotpEnrolments({
    db,
    factors,
    recoveryCodes,
    sessions,
    revocations,
    throttle,
    issuer: config.totpIssuer,
  });

  // Sign-in
  const logins = new Logins({
    db,
    sessions,
    passwords,
    throttle,
    factors,
    challenges: new LoginChallenges(db),
    metric: metrics.counter('plinth_logins_total', 'Sign-ins by outcome', ['outcome']),
  });
  const reauthentications = new Reauthentications({ db, sessions, passwords, throttle, factors });

  // Passwords
  const passwordParts = { db, passwords, throttle, tokens: accountTokens, factors, revocations };
  const passwordChanges = new PasswordChanges(passwordParts);
  const passwordResets = new PasswordResets({ ...passwordParts, mailLimits, apiKeys });

  // Accounts
  const registrations = metrics.counter('plinth_registrations_total', 'Accounts that were registered');
  const accounts = new Accounts({ db, sessions, passwords, tokens: accountTokens, registrations });
  const creations = new AccountCreations({
    db,
    passwords,
    tokens: accountTokens,
    registrations,
    fingerprintKey: secrets.keyFor('account creations'),
  });
  const administrators = new ActiveAdministrators(db);
  const activations = new AccountActivations({ db, revocations, apiKeys, administrators });
  const access = new AccountAccess(db.clock);
  const emailVerifications = new EmailVerifications(db, accountTokens, mailLimits);
  const securityEvents = new SecurityEvents(db);

  return {
    access,
    accounts,
    activations,
    administrators,
    apiKeys,
    creations,
    emailVerifications,
    enrolments,
    factors,
    logins,
    passwordChanges,
    passwordResets,
    reauthentications,
    refreshes,
    revocations,
    securityEvents,
    sessions,
    signingKeys,
    validations,
  };
}
