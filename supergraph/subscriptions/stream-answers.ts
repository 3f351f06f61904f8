import { AppError, platformErrors } from '../../platform/errors';
import type { HttpRequest } from '../../platform/http/request';
import type { HttpResponse } from '../../platform/http/response';
import type { Authenticator } from '../../platform/security/authenticator';
import { LiveCredential } from '../../platform/security/live-credential';
import type { CompiledExecutor } from '../execution/executor';
import type { Callers } from '../http/callers';
import type { StreamAnswers, StreamType } from '../http/graphql-handler';
import type { ExecutionResult, GraphQLRequest } from '../supergraph-executor';
import type { Subscriptions } from './subscriptions';

/** How results become a body. */
interface Framing {
  readonly contentType: string;
  readonly start: string;
  frame(result: ExecutionResult): string;
  /** Keeps proxies from closing a silent connection. */
  readonly heartbeat: string;
  readonly end: string;
}

/** "Distinct connections" of graphql-sse: https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md */
const events: Framing = {
  contentType: 'text/event-stream; charset=utf-8',
  start: ':\n\n',
  frame: ({ body }) => `event: next\ndata: ${body}\n\n`,
  heartbeat: ':\n\n',
  end: 'event: complete\ndata:\n\n',
};

/**
 * https://www.apollographql.com/docs/graphos/routing/operations/subscriptions/multipart-protocol. The boundary comes right after each
 * part, because Apollo Client reads a part when it sees the next boundary.
 */
const multipart: Framing = {
  contentType: 'multipart/mixed;boundary="graphql";subscriptionSpec="1.0"',
  start: '\r\n--graphql',
  frame: ({ body, failure }) =>
    part(failure === undefined ? `{"payload":${body}}` : `{"payload":null,${body.toString().slice(1)}`),
  heartbeat: part('{}'),
  end: '--\r\n',
};

function part(json: string): string {
  return `\r\ncontent-type: application/json\r\n\r\n${json}\r\n--graphql`;
}

const framings: Readonly<Record<StreamType, Framing>> = { events, multipart };
const heartbeatMs = 12_000;

/** Subscriptions over HTTP: one request for each, by POST or GET. */
export class HttpSubscriptions implements StreamAnswers {
  constructor(
    private readonly options: {
      executor: CompiledExecutor;
      callers: Callers;
      subscriptions: Subscriptions;
      authenticator: Pick<Authenticator, 'authenticate'>;
      isOriginAllowed: (request: HttpRequest) => boolean;
    },
  ) {}

  async answer(
    type: StreamType,
    operation: GraphQLRequest,
    request: HttpRequest,
  ): Promise<HttpResponse | { readonly result: ExecutionResult }> {
    const { executor, callers, subscriptions, authenticator, isOriginAllowed } = this.options;
    // EventSource sends its request to other origins without a preflight.
    if (request.header('origin') !== undefined && !isOriginAllowed(request)) {
      throw new AppError(platformErrors.FORBIDDEN, 'Pages of this origin may not subscribe');
    }
    const framing = framings[type];
    const summary = executor.operationOf(operation);
    if (summary?.type !== 'subscription') {
      const context = await callers.contextOfOperation(request, () => operation);
      const result = await executor.execute(operation, context);
      return type === 'events' && result.failure === undefined ? streamOf(framing, one(result)) : { result };
    }
    const results = await subscriptions.subscribe(operation, {
      credential: await LiveCredential.open(authenticator, request.headers),
      requestOf: () => request,
      signal: request.cancellation,
    });
    if ('body' in results) return { result: results };
    request.facts.graphql_operation_name = summary.name?.slice(0, 200);
    request.facts.graphql_operation_type = 'subscription';
    return streamOf(framing, results);
  }
}

function streamOf(framing: Framing, results: AsyncIterator<ExecutionResult>): HttpResponse {
  return {
    status: 200,
    headers: {
      'content-type': framing.contentType,
      'cache-control': 'no-store',
      // nginx would hold events back.
      'x-accel-buffering': 'no',
    },
    body: new StreamBody(framing, results),
  };
}

async function* one(result: ExecutionResult): AsyncGenerator<ExecutionResult> {
  yield result;
}

/** The pieces of the body: the start at once, each result, and a heartbeat while there is none. */
class StreamBody implements AsyncIterableIterator<string> {
  private phase: 'start' | 'results' | 'end' = 'start';
  /** The result that was asked for, through a heartbeat too. */
  private result: IteratorResult<ExecutionResult> | Error | undefined;
  private isAsking = false;
  private wake: () => void = () => {};

  constructor(
    private readonly framing: Framing,
    private readonly results: AsyncIterator<ExecutionResult>,
  ) {}

  async next(): Promise<IteratorResult<string>> {
    const { framing } = this;
    if (this.phase === 'start') {
      this.phase = 'results';
      return { done: false, value: framing.start };
    }
    if (this.phase === 'end') return { done: true, value: undefined };
    await this.resultOrHeartbeat();
    const { result } = this;
    this.result = undefined;
    if (result === undefined) return { done: false, value: framing.heartbeat };
    if (result instanceof Error) throw result;
    if (!result.done) return { done: false, value: framing.frame(result.value) };
    this.phase = 'end';
    return { done: false, value: framing.end };
  }

  async return(): Promise<IteratorResult<string>> {
    this.phase = 'end';
    this.wake();
    await this.results.return?.();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  private resultOrHeartbeat(): Promise<void> {
    this.ask();
    return new Promise(resolve => {
      const timer = setTimeout(resolve, heartbeatMs);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.result !== undefined) this.wake();
    });
  }

  private ask(): void {
    if (this.isAsking) return;
    this.isAsking = true;
    const settle = (result: IteratorResult<ExecutionResult> | Error): void => {
      this.isAsking = false;
      this.result = result;
      this.wake();
    };
    this.results.next().then(settle, settle);
  }
}
