import type { RestRoute } from '../../platform/rest';

const user = 'id username email isActive createdAt lastLogin';
const tokens = 'accessToken refreshToken tokenType expiresIn';

/** This service's rows of the REST table. */
export const rest: RestRoute[] = [
  {
    method: 'POST',
    path: '/auth/register',
    summary: 'Make an account and sign it in',
    operation: `mutation Register($input: RegisterInput!) { register(input: $input) { user { ${user} } ${tokens} } }`,
    success: 201,
  },
  {
    method: 'POST',
    path: '/auth/login',
    summary: 'Sign in by username or email',
    operation: `mutation Login($input: LoginInput!) { login(input: $input) { user { ${user} } ${tokens} } }`,
    success: 200,
  },
  {
    method: 'POST',
    path: '/auth/refresh',
    summary: 'The next pair of tokens',
    operation: `mutation Refresh($refreshToken: String!) { refresh(refreshToken: $refreshToken) { ${tokens} } }`,
    success: 200,
  },
  {
    method: 'POST',
    path: '/auth/logout',
    summary: 'End this session, or all of one’s own',
    operation: 'mutation Logout($everywhere: Boolean) { logout(everywhere: $everywhere) }',
    success: 204,
  },
  {
    method: 'GET',
    path: '/auth/validate',
    summary: 'Whether the access token of this request is accepted',
    operation: 'query Validate { validateToken { active userId roles permissions expiresAt reason } }',
    success: 200,
    unless: {
      field: 'active',
      status: 401,
      codeField: 'reason',
      message: 'The access token is not accepted',
    },
  },
  {
    method: 'GET',
    path: '/auth/me',
    summary: 'The signed-in user',
    operation: `query Me { me { ${user} } }`,
    success: 200,
  },
];
