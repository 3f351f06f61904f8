import type { RestRoute, StreamRoute } from '../../platform/graphql/rest-table';

const user = '{ id username email isActive createdAt lastLogin }';
const tokens = 'accessToken refreshToken tokenType expiresIn';

export const rest: RestRoute[] = [
  {
    method: 'POST',
    path: '/auth/register',
    summary: 'Make an account and sign in',
    operation: `mutation ($input: RegisterInput!) { register(input: $input) { user ${user} ${tokens} } }`,
    success: 201,
  },
  {
    method: 'POST',
    path: '/auth/login',
    summary: 'Sign in with a username or email and a password',
    operation: `mutation ($input: LoginInput!) { login(input: $input) { user ${user} ${tokens} } }`,
    success: 200,
  },
  {
    method: 'POST',
    path: '/auth/login/verify',
    summary: 'Complete a sign-in that answered MFA_REQUIRED, with its challenge and a code',
    operation: `mutation ($input: CompleteLoginInput!) { completeLogin(input: $input) { user ${user} ${tokens} } }`,
    success: 200,
  },
  {
    method: 'POST',
    path: '/auth/reauthenticate',
    summary: 'Prove again who is signed in, before what cannot be undone',
    operation: `mutation ($input: ReauthenticateInput!) { reauthenticate(input: $input) { ${tokens} } }`,
    success: 200,
  },
  {
    method: 'POST',
    path: '/auth/refresh',
    summary: 'New tokens for a refresh token, which is spent by that',
    operation: `mutation ($refreshToken: String!) { refresh(refreshToken: $refreshToken) { ${tokens} } }`,
    success: 200,
  },
  {
    method: 'POST',
    path: '/auth/logout',
    summary: 'End this session, or all of one’s own',
    operation: 'mutation ($everywhere: Boolean = false) { logout(everywhere: $everywhere) }',
    success: 204,
  },
  {
    method: 'GET',
    path: '/auth/validate',
    summary: 'Whether the bearer token of this request is good',
    operation: '{ validateToken { active userId roles permissions expiresAt reason } }',
    success: 200,
    unless: { field: 'active', status: 401, codeField: 'reason', message: 'The access token is not good' },
  },
  {
    method: 'GET',
    path: '/auth/me',
    summary: 'Who is asking',
    operation: `{ me ${user} }`,
    success: 200,
  },
];

/** The pages that the mailed links lead to, unless a product has its own. */
export const streams: StreamRoute[] = (
  [
    ['/auth/verify-email', 'verify an email address'],
    ['/auth/reset-password', 'choose a new password'],
    ['/auth/accept-invitation', 'choose the first password'],
  ] as const
).flatMap(([path, purpose]) => [
  { method: 'GET', path, service: 'auth', summary: `The page of a mailed link to ${purpose}` },
  { method: 'POST', path, service: 'auth', summary: `Send the form of the page to ${purpose}` },
]);
