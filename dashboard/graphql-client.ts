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

interface Answer<Result> {
  readonly data?: Result | null;
  readonly errors?: readonly GraphQLFailure[];
}

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
  return dataOf(await asOperator(async () => (await post(document, variables)).json()));
}

/**
 * Follows a subscription over server-sent events (https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md) until it ends.
 *
 * @param onOpen called when the gateway has begun to stream
 * @throws as `execute`; the reason of `signal` when that ends it
 */
export async function follow<Result, Variables>(
  document: TypedDocumentNode<Result, Variables>,
  variables: Variables,
  on: { readonly open: () => void; readonly result: (result: Result) => void; readonly signal: AbortSignal },
): Promise<void> {
  let stream: Response | undefined;
  const refused = await asOperator(async () => {
    const response = await post(document, variables, { accept: 'text/event-stream', signal: on.signal });
    if (response.headers.get('content-type')?.startsWith('text/event-stream') !== true)
      return response.json();
    stream = response;
    return {};
  });
  if (stream === undefined) {
    dataOf(refused);
    return;
  }
  on.open();
  for await (const answer of eventsOf<Answer<Result>>(stream)) on.result(dataOf(answer));
}

async function asOperator<Result>(send: () => Promise<Answer<Result>>): Promise<Answer<Result>> {
  if (currentToken() === undefined && !(await refresh())) throw new SignedOut();
  const answer = await send();
  if (!answer.errors?.some(({ extensions }) => extensions?.http?.status === 401)) return answer;
  if (!(await refresh())) throw new SignedOut();
  return send();
}

function post<Result, Variables>(
  document: TypedDocumentNode<Result, Variables>,
  variables: Variables,
  { accept = 'application/json', signal }: { accept?: string; signal?: AbortSignal } = {},
): Promise<Response> {
  return fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept, authorization: `Bearer ${currentToken()}` },
    body: JSON.stringify({ query: print(document), variables }),
    ...(signal === undefined ? {} : { signal }),
  });
}

/** @throws RequestFailed */
function dataOf<Result>({ data, errors }: Answer<Result>): Result {
  if (data == null) throw new RequestFailed(errors ?? [{ message: 'The answer has no data' }]);
  if (errors !== undefined && Object.values(data).every(value => value === null))
    throw new RequestFailed(errors);
  return data;
}

/** The events `next` of a stream. */
async function* eventsOf<Event>(stream: Response): AsyncGenerator<Event> {
  const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const events = (text + value).split('\n\n');
    text = events.pop()!;
    for (const event of events) {
      const data = /^event: next\ndata: (.*)$/.exec(event)?.[1];
      if (data !== undefined) yield JSON.parse(data) as Event;
    }
  }
}
