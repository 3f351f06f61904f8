import { challengeOf, enrol, protect } from '../authenticator-app';
import { data, makeKey, signIn } from '../client';
import {
  aboutSubject,
  decided,
  everybody,
  forbidden,
  missing,
  nobody,
  nothing,
  ok,
  oneself,
  ownOrMissing,
  people,
  type Scene,
  type ServicePermissions,
  unique,
  type Variables,
} from './row';

const noToken = 'ACCOUNT_TOKEN_INVALID';
/** The mailed link is the permission: its token cannot be guessed. */
const mailedLink = [noToken, noToken, noToken, noToken, noToken, noToken] as const;

async function newKey({ root }: Scene): Promise<Variables> {
  return { id: (await makeKey(root, ['users:read'])).id };
}

export default {
  operations: {
    'Query.apiKeys': {
      document: '{ apiKeys { nodes { id } } }',
      scope: 'api-keys:read',
      outcomes: [nobody, nothing, nothing, ok, ok, forbidden],
      variables: async scene => {
        await newKey(scene);
        return {};
      },
    },
    'Query.me': {
      document: '{ me { id } }',
      outcomes: oneself,
      rest: { method: 'GET', path: () => '/auth/me' },
    },
    'Query.securityEvents': {
      document: '{ securityEvents(first: 1) { nodes { id } } }',
      ...decided('security-events:read'),
    },
    'Query.validateToken': {
      document: 'query ($token: String) { validateToken(token: $token) { active } }',
      outcomes: everybody,
      variables: ({ subject }) => ({ token: subject.accessToken }),
    },
    'Mutation.acceptInvitation': {
      document: 'mutation { acceptInvitation(token: "made-up", newPassword: "a long enough secret") }',
      outcomes: mailedLink,
    },
    'Mutation.changePassword': {
      document:
        'mutation ($current: String!, $next: String!) { changePassword(currentPassword: $current, newPassword: $next) }',
      outcomes: [nobody, ok, 'INVALID_CREDENTIALS', 'INVALID_CREDENTIALS', forbidden, forbidden],
      variables: ({ subject }) => ({ current: subject.password, next: unique('a new secret') }),
    },
    'Mutation.completeLogin': {
      document: 'mutation ($input: CompleteLoginInput!) { completeLogin(input: $input) { tokenType } }',
      outcomes: everybody,
      variables: async ({ subject }) => {
        const { recoveryCodes } = await protect(subject);
        return { input: { challenge: await challengeOf(subject), code: recoveryCodes[0] } };
      },
      rest: { method: 'POST', path: () => '/auth/login/verify', body: ({ input }) => input },
    },
    'Mutation.confirmTotp': {
      document: 'mutation ($code: String!) { confirmTotp(code: $code) { codes } }',
      outcomes: [nobody, ok, 'TOTP_NOT_ENROLLED', 'TOTP_NOT_ENROLLED', forbidden, forbidden],
      variables: async ({ subject }) => ({ code: await (await enrol(subject)).code() }),
    },
    'Mutation.createApiKey': {
      document: 'mutation { createApiKey(input: { name: "matrix", scopes: ["api-keys:write"] }) { key } }',
      scope: 'api-keys:write',
      outcomes: people,
    },
    'Mutation.deactivateUser': {
      document: 'mutation ($id: ID!) { deactivateUser(id: $id) { id } }',
      ...decided('users:activate'),
      variables: aboutSubject,
    },
    'Mutation.disableTotp': {
      document: 'mutation ($code: String!) { disableTotp(code: $code) { id } }',
      outcomes: [nobody, ok, 'TOTP_NOT_ENABLED', 'TOTP_NOT_ENABLED', forbidden, forbidden],
      variables: async ({ subject }) => ({ code: (await protect(subject)).recoveryCodes[0] }),
    },
    'Mutation.enrolTotp': { document: 'mutation { enrolTotp { uri } }', outcomes: oneself },
    'Mutation.login': {
      document: 'mutation ($input: LoginInput!) { login(input: $input) { tokenType } }',
      outcomes: everybody,
      variables: ({ subject: { username, password } }) => ({ input: { username, password } }),
      rest: { method: 'POST', path: () => '/auth/login', body: ({ input }) => input },
    },
    'Mutation.logout': {
      document: 'mutation { logout }',
      outcomes: oneself,
      rest: { method: 'POST', path: () => '/auth/logout', body: () => ({}) },
    },
    'Mutation.reactivateUser': {
      document: 'mutation ($id: ID!) { reactivateUser(id: $id) { id } }',
      ...decided('users:activate'),
      variables: aboutSubject,
    },
    'Mutation.reauthenticate': {
      document: 'mutation ($input: ReauthenticateInput!) { reauthenticate(input: $input) { tokenType } }',
      outcomes: [nobody, ok, 'INVALID_CREDENTIALS', 'INVALID_CREDENTIALS', forbidden, forbidden],
      variables: ({ subject: { password } }) => ({ input: { password } }),
      rest: { method: 'POST', path: () => '/auth/reauthenticate', body: ({ input }) => input },
    },
    'Mutation.refresh': {
      document: 'mutation ($refreshToken: String!) { refresh(refreshToken: $refreshToken) { tokenType } }',
      outcomes: everybody,
      variables: ({ subject }) => ({ refreshToken: subject.refreshToken }),
      rest: {
        method: 'POST',
        path: () => '/auth/refresh',
        body: ({ refreshToken }) => ({ refresh_token: refreshToken }),
      },
    },
    'Mutation.register': {
      document: 'mutation ($input: RegisterInput!) { register(input: $input) { tokenType } }',
      outcomes: everybody,
      variables: () => {
        const username = unique('new');
        return { input: { username, email: `${username}@example.com`, password: 'a long enough secret' } };
      },
      rest: { method: 'POST', path: () => '/auth/register', body: ({ input }) => input },
    },
    'Mutation.renewRecoveryCodes': {
      document: 'mutation { renewRecoveryCodes { codes } }',
      outcomes: [nobody, ok, 'TOTP_NOT_ENABLED', 'TOTP_NOT_ENABLED', forbidden, forbidden],
      variables: async ({ subject }) => {
        await protect(subject);
        return {};
      },
    },
    'Mutation.requestEmailVerification': {
      document: 'mutation { requestEmailVerification }',
      outcomes: oneself,
    },
    'Mutation.requestPasswordReset': {
      document: 'mutation ($email: String!) { requestPasswordReset(email: $email) }',
      outcomes: everybody,
      variables: ({ subject }) => ({ email: subject.email }),
    },
    'Mutation.resetPassword': {
      document: 'mutation { resetPassword(token: "made-up", newPassword: "a long enough secret") }',
      outcomes: mailedLink,
    },
    'Mutation.resetTotp': {
      document: 'mutation ($id: ID!) { resetTotp(userId: $id) { id } }',
      ...decided('users:reset-factors'),
      variables: async ({ subject }) => {
        await protect(subject);
        return { id: subject.id };
      },
    },
    'Mutation.revokeApiKey': {
      document: 'mutation ($id: ID!) { revokeApiKey(id: $id) { id } }',
      scope: 'api-keys:revoke',
      // The key belongs to an administrator: a caller with this permission alone has no authority over it.
      outcomes: [nobody, missing, missing, ok, forbidden, forbidden],
      variables: newKey,
    },
    'Mutation.revokeSession': {
      document: 'mutation ($id: ID!) { revokeSession(id: $id) }',
      scope: 'sessions:revoke',
      outcomes: ownOrMissing,
      variables: async ({ subject, root }) => {
        const { user } = await data<{ user: { sessions: { id: string }[] } }, object>(
          'query ($id: ID!) { user(id: $id) { sessions { id } } }',
          { id: subject.id },
          root,
        );
        return { id: user.sessions[0]!.id };
      },
    },
    'Mutation.revokeSessions': {
      document: 'mutation { revokeSessions(scope: OTHERS) }',
      outcomes: oneself,
    },
    'Mutation.rotateSigningKey': {
      document: 'mutation { rotateSigningKey { kid } }',
      ...decided('keys:rotate'),
    },
    'Mutation.verifyEmail': {
      document: 'mutation { verifyEmail(token: "made-up") }',
      outcomes: mailedLink,
    },
  },
  userFields: {
    createdAt: { selection: 'createdAt', scopes: ['users:read'] },
    email: { selection: 'email', scopes: ['users:read'] },
    emailVerified: { selection: 'emailVerified', scopes: ['users:read'] },
    isActive: { selection: 'isActive', scopes: ['users:read'] },
    lastLogin: { selection: 'lastLogin', scopes: ['users:read'] },
    recoveryCodesLeft: { selection: 'recoveryCodesLeft', scopes: ['users:read'], ownOnly: true },
    securityEvents: {
      selection: 'securityEvents { nodes { id } }',
      scopes: ['users:read', 'security-events:read'],
    },
    sessions: { selection: 'sessions { id }', scopes: ['users:read', 'sessions:read'] },
    totpEnabled: { selection: 'totpEnabled', scopes: ['users:read', 'users:reset-factors'] },
    username: { selection: 'username', scopes: ['users:read'] },
  },
  furnish: async ({ subject }) => {
    await signIn(subject);
    await protect(subject);
  },
  restElsewhere: ['GET /auth/validate'],
} satisfies ServicePermissions;
