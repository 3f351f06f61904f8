import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { print } from 'graphql';
import { eventually } from '../platform/testing/eventually';
import { sendGraphQL, type GraphQLFailure as TestFailure } from '../platform/testing/graphql-client';
import { sendRest } from '../platform/testing/rest-client';
import type { ErrorCode } from './graphql/error-codes';
import { administrator, type Plinth } from './plinth';

export { eventually };

/** The shared Plinth of this worker. */
const shared = (JSON.parse(process.env['SHARED_PLINTHS'] ?? '[]') as Pick<Plinth, 'urls' | 'redisUrl'>[])[
  Number(process.env['JEST_WORKER_ID'] ?? 1) - 1
];

export const urls = shared?.urls ?? ({} as Plinth['urls']);
export const redisUrl = shared?.redisUrl;

export type GraphQLFailure = TestFailure & { extensions: { code: ErrorCode } };

export interface GraphQLAnswer<T> {
  status: number;
  data: T | null | undefined;
  errors: GraphQLFailure[] | undefined;
}

/** Sends an operation through the gateway, or to one service. */
export async function send<T, V>(
  document: TypedDocumentNode<T, V> | string,
  variables: V | Record<string, unknown>,
  options: { token?: string | undefined; key?: string | undefined; at?: string } = {},
): Promise<GraphQLAnswer<T>> {
  const { token, key, at = urls.gateway } = options;
  const { httpStatus, data, errors } = await sendGraphQL<T | null | undefined>(at!, {
    query: typeof document === 'string' ? document : print(document),
    variables: variables as object,
    token,
    ...(key === undefined ? {} : { headers: { 'x-api-key': key } }),
  });
  return { status: httpStatus, data, errors: errors as GraphQLFailure[] | undefined };
}

/**
 * The type of an answer without its nulls. Most fields are nullable because their service may fail, and a story knows which ones have a
 * value when nothing failed.
 */
type Present<T> = T extends readonly (infer Item)[]
  ? Present<NonNullable<Item>>[]
  : T extends object
    ? { [Field in keyof T]-?: Present<NonNullable<T[Field]>> }
    : T;

/** The data of an operation that must not fail. */
export async function data<T, V>(
  document: TypedDocumentNode<T, V> | string,
  variables: V | Record<string, unknown>,
  token?: string,
  at?: string,
): Promise<Present<T>> {
  const answer = await send<T, V>(document, variables, { token, ...(at === undefined ? {} : { at }) });
  if (answer.errors !== undefined || answer.data == null) {
    throw new Error(`${answer.status} ${JSON.stringify(answer.errors)}`);
  }
  return answer.data as Present<T>;
}

/** The code of the one error an operation answers with. */
export async function failure<T, V>(
  document: TypedDocumentNode<T, V> | string,
  variables: V | Record<string, unknown>,
  token?: string,
): Promise<string> {
  const answer = await send<T, V>(document, variables, { token });
  if (answer.errors?.length !== 1) throw new Error(`not one error: ${JSON.stringify(answer)}`);
  const { extensions } = answer.errors[0]!;
  if (!/^[0-9a-f]{32}$/.test(extensions.traceId)) throw new Error('the error has no trace id');
  return extensions.code;
}

export interface RestAnswer {
  status: number;
  headers: Headers;
  // The stories check what is in it.
  body: Record<string, never> & { [key: string]: unknown };
}

export async function rest(
  method: string,
  path: string,
  options: {
    token?: string | undefined;
    body?: unknown;
    raw?: string;
    at?: string;
    headers?: Record<string, string>;
  } = {},
): Promise<RestAnswer> {
  const { at = urls.gateway, ...request } = options;
  return (await sendRest(`${at}${path}`, method, request)) as RestAnswer;
}

export interface Person {
  id: string;
  username: string;
  email: string;
  password: string;
  accessToken: string;
  refreshToken: string;
}

let count = 0;

/** Somebody new, registered over REST. */
export async function somebody(at = urls.gateway): Promise<Person> {
  count += 1;
  const username = `p${Date.now().toString(36)}${Math.floor(Math.random() * 1e6).toString(36)}${count}`;
  const email = `${username}@example.com`;
  const password = `a long enough secret ${count}`;
  const answer = await rest('POST', '/auth/register', { body: { username, email, password }, at });
  if (answer.status !== 201) throw new Error(`register: ${answer.status} ${JSON.stringify(answer.body)}`);
  const { user, access_token, refresh_token } = answer.body as unknown as {
    user: { id: string };
    access_token: string;
    refresh_token: string;
  };
  return { id: user.id, username, email, password, accessToken: access_token, refreshToken: refresh_token };
}

/** An access token of the first administrator. */
export async function administratorToken(at = urls.gateway): Promise<string> {
  const answer = await rest('POST', '/auth/login', {
    body: { username: administrator.email, password: administrator.password },
    at,
  });
  if (answer.status !== 200) throw new Error(`login: ${answer.status} ${JSON.stringify(answer.body)}`);
  return (answer.body as unknown as { access_token: string }).access_token;
}

/** What is announced to the other servers has reached them within a second; more patience would hide that it has not. */
export function withinASecond<T>(check: () => Promise<T>): Promise<T> {
  return eventually(check, 1_000);
}

/** An API key with those scopes. @param token that of its owner */
export async function makeKey(token: string, scopes: string[]): Promise<{ id: string; key: string }> {
  const { createApiKey } = await data<{ createApiKey: { key: string; apiKey: { id: string } } }, object>(
    'mutation ($scopes: [String!]!) { createApiKey(input: { name: "story", scopes: $scopes }) { key apiKey { id } } }',
    { scopes },
    token,
  );
  return { id: createApiKey.apiKey.id, key: createApiKey.key };
}

/** Signs in over REST. @returns the access token */
export async function signIn(person: Pick<Person, 'username' | 'password'>): Promise<string> {
  const { status, body } = await rest('POST', '/auth/login', {
    body: { username: person.username, password: person.password },
  });
  if (status !== 200) throw new Error(`login: ${status}`);
  return body['access_token'] as unknown as string;
}
