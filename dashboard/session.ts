/** The tokens of the signed-in operator: the access token in memory, the refresh token as long as the tab is open. */
const refreshTokenKey = 'plinth.refresh_token';

interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
}

interface ErrorBody {
  readonly error?: string;
  readonly message?: string;
  readonly details?: { readonly challenge?: string } | null;
}

export type SignIn =
  | { readonly kind: 'signed-in' }
  | { readonly kind: 'code-needed'; readonly challenge: string }
  | { readonly kind: 'refused'; readonly message: string };

let accessToken: string | undefined;
let refreshing: Promise<boolean> | undefined;

export const currentToken = (): string | undefined => accessToken;

export async function signIn(username: string, password: string): Promise<SignIn> {
  return outcomeOf(await post('/auth/login', { username, password }));
}

/** @param code of the authenticator app, or a recovery code */
export async function sendCode(challenge: string, code: string): Promise<SignIn> {
  return outcomeOf(await post('/auth/login/verify', { challenge, code }));
}

/** Requests that fail at the same time share one refresh. False: the operator must sign in again. */
export function refresh(): Promise<boolean> {
  refreshing ??= requestTokens().finally(() => {
    refreshing = undefined;
  });
  return refreshing;
}

export async function signOut(): Promise<void> {
  const token = accessToken;
  forget();
  if (token === undefined) return;
  await fetch('/auth/logout', { method: 'POST', headers: { authorization: `Bearer ${token}` } });
}

async function requestTokens(): Promise<boolean> {
  accessToken = undefined;
  const refreshToken = sessionStorage.getItem(refreshTokenKey);
  if (refreshToken === null) return false;
  const response = await post('/auth/refresh', { refresh_token: refreshToken });
  if (response.ok) keep((await response.json()) as Tokens);
  // Any other failure, such as an outage, says nothing about the session.
  else if (response.status === 401) forget();
  return response.ok;
}

async function outcomeOf(response: Response): Promise<SignIn> {
  const body = (await response.json().catch(() => ({}))) as Tokens & ErrorBody;
  if (response.ok) {
    keep(body);
    return { kind: 'signed-in' };
  }
  const challenge = body.details?.challenge;
  if (body.error === 'MFA_REQUIRED' && challenge !== undefined) return { kind: 'code-needed', challenge };
  return { kind: 'refused', message: body.message ?? `The gateway answered ${response.status}` };
}

function keep({ access_token, refresh_token }: Tokens): void {
  accessToken = access_token;
  sessionStorage.setItem(refreshTokenKey, refresh_token);
}

function forget(): void {
  accessToken = undefined;
  sessionStorage.removeItem(refreshTokenKey);
}

function post(path: string, body: object): Promise<Response> {
  return fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}
