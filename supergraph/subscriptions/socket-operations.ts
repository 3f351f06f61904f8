import type { IncomingHttpHeaders } from 'node:http';
import type { GraphQLFormattedError } from 'graphql';
import { AppError, platformErrors } from '../../platform/errors';
import { errorExtensions, graphqlErrorBody } from '../../platform/graphql/error-format';
import { HttpRequest } from '../../platform/http/request';
import type { Logger } from '../../platform/observability/logger';
import {
  oneResult,
  type SocketClient,
  type SocketOperation,
  type SocketOperations,
  type SocketResult,
} from '../../platform/subscriptions/socket-operations';
import type { CompiledExecutor } from '../execution/executor';
import type { Callers } from '../http/callers';
import { checkedRequest, type GraphQLHandler } from '../http/graphql-handler';
import type { PersistedOperations } from '../operations/persisted-operations';
import type { ExecutionResult } from '../supergraph-executor';
import type { Subscriptions } from './subscriptions';

/** The operations that clients send over WebSockets: queries, mutations and subscriptions, with the limits of HTTP. */
export class GatewayOperations implements SocketOperations {
  constructor(
    private readonly options: {
      executor: CompiledExecutor;
      callers: Callers;
      operations: PersistedOperations;
      subscriptions: Subscriptions;
      graphql: Pick<GraphQLHandler, 'note'>;
      logger: Logger;
    },
  ) {}

  async run(operation: SocketOperation, client: SocketClient): Promise<SocketResult> {
    const started = performance.now();
    const request = requestOf(client);
    try {
      return await this.execute(operation, client, request, started);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      request.facts.error_codes = [error.code];
      this.options.logger.request('info', request, error.status, performance.now() - started);
      return graphqlErrorBody(error, request.trace.traceId);
    }
  }

  private async execute(
    operation: SocketOperation,
    client: SocketClient,
    socketRequest: HttpRequest,
    started: number,
  ): Promise<SocketResult> {
    const { executor, operations, callers, subscriptions } = this.options;
    // graphql-ws wants a text: clients of persisted operations send an empty one.
    const given = checkedRequest({
      ...operation,
      query: operation.query === '' ? undefined : operation.query,
    });
    const request = await operations.complete(given);
    if (executor.operationOf(request)?.type === 'subscription') {
      const { credential, signal } = client;
      const results = await subscriptions.subscribe(request, {
        credential,
        signal,
        requestOf: () => requestOf(client),
      });
      if ('body' in results) return this.answered(socketRequest, results, started);
      operations.learn(given, { failure: undefined });
      return textOf(results, last => {
        if (last !== undefined) this.log(socketRequest, last, started);
      });
    }
    const context = await callers.contextOf(socketRequest);
    const result = await executor.execute(request, { ...context, signal: client.signal });
    operations.learn(given, result);
    return this.answered(socketRequest, result, started);
  }

  errorOf(error: unknown): GraphQLFormattedError {
    if (error instanceof AppError) {
      return { message: error.message, extensions: errorExtensions(error) };
    }
    this.options.logger.error({ error }, 'an operation failed by a fault of ours');
    return {
      message: 'Something went wrong on our side',
      extensions: errorExtensions(platformErrors.INTERNAL_ERROR),
    };
  }

  private answered(request: HttpRequest, result: ExecutionResult, started: number): SocketResult {
    this.log(request, result, started);
    const { body, failure } = result;
    if (failure === undefined) return oneResult(body);
    return { errors: (JSON.parse(body.toString()) as { errors: GraphQLFormattedError[] }).errors };
  }

  /** One line for each operation; that of a subscription comes when it ends. */
  private log(request: HttpRequest, result: ExecutionResult, started: number): void {
    this.options.graphql.note(request, result);
    this.options.logger.request('info', request, result.status, performance.now() - started);
  }
}

/** A request with the headers of the handshake and the current credential. */
export function requestOf({
  handshake,
  credential,
}: {
  readonly handshake: HttpRequest;
  readonly credential: { readonly headers: IncomingHttpHeaders };
}): HttpRequest {
  const { authorization: _, 'x-api-key': __, ...headers } = handshake.headers;
  const request = new HttpRequest(
    {
      // A socket may have mutations.
      method: 'POST',
      url: '/graphql',
      headers: { ...headers, ...credential.headers },
      remoteAddress: handshake.remoteAddress,
    },
    { read: () => Buffer.alloc(0), isComplete: true },
  );
  request.route = '/graphql';
  return request;
}

/** No generator: `return` of a generator waits for the next event. */
function textOf(
  results: AsyncIterableIterator<ExecutionResult>,
  ended: (last: ExecutionResult | undefined) => void,
): AsyncIterator<string | Buffer> {
  let last: ExecutionResult | undefined;
  return {
    async next() {
      const { value, done } = await results.next();
      if (done) {
        ended(last);
        return { done: true, value: undefined };
      }
      last = value;
      return { done: false, value: value.body };
    },
    async return() {
      await results.return?.();
      return { done: true, value: undefined };
    },
  };
}
