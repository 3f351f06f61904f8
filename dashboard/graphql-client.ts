import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { print } from 'graphql';
import { currentToken, refresh } from './session';

export interface GraphQLFailure {
  readonly message: string;
  readonly extensions?: { readonly code?: string; readonly http?: { readonly status?: number } };
}

/** The gateway answered with errors. */
export class RequestFailed extends Error {
  constructor(readonly errors: readonly GraphQLFailure[]) {
    super(errors.map(({ message }) => message).join('. '));
  }

  has(code: string): boolean {
    return this.errors.some(({ extensions }) => extensions?.code === code);
  }
}

/** The session has ended: the operator must sign in again. */
export class SignedOut extends Error {}

/**
 * Executes a query as the operator, with a new access token where the old one has expired. The text is the one that
 * schema/persisted-operations.json lists, so that the page also works where only listed operations are answered.
 *
 * @throws RequestFailed when the answer has no data; SignedOut; TypeError when the gateway cannot be reached
 */
export async function execute<Result, Variables>(
  document: TypedDocumentNode<Result, Variables>,
  variables: Variables,
): Promise<Result> {
  const send = async (): Promise<{ data?: Result | null; errors?: GraphQLFailure[] }> => {
    const response = await fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${currentToken()}` },
      body: JSON.stringify({ query: print(document), variables }),
    });
    return (await response.json()) as { data?: Result | null; errors?: GraphQLFailure[] };
  };
  if (currentToken() === undefined && !(await refresh())) throw new SignedOut();
  let answer = await send();
  if (answer.errors?.some(({ extensions }) => extensions?.http?.status === 401)) {
    if (!(await refresh())) throw new SignedOut();
    answer = await send();
  }
  if (answer.data == null) throw new RequestFailed(answer.errors ?? [{ message: 'The answer has no data' }]);
  if (answer.errors !== undefined && Object.values(answer.data).every(value => value === null)) {
    throw new RequestFailed(answer.errors);
  }
  return answer.data;
}
