import type { IncomingHttpHeaders } from 'node:http';
import {
  type DocumentNode,
  type ExecutionResult,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  getOperationAST,
  parse,
  validate,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import { AppError, platformErrors } from '../errors';
import { recordOperation } from '../graphql/apollo-server';
import { withCode } from '../graphql/known-operations';
import type { OperationExecutor } from '../graphql/operation-executor';
import { assertTextLimits, serviceTextLimits } from '../graphql/text-limits';
import { HttpRequest } from '../http/request';
import { isObject } from '../json';
import type { Metrics } from '../observability/metrics';
import { runInContext } from '../observability/tracing';
import type { Authenticator } from '../security/authenticator';
import { LiveCredential } from '../security/live-credential';
import { subscribe } from './service-subscriptions';
import {
  oneResult,
  type SocketClient,
  type SocketOperation,
  type SocketOperations,
  type SocketResult,
  withCredential,
} from './socket-operations';

/** Headers that the gateway sends with an operation, because its socket carries the operations of many callers. */
const operationHeaders = ['authorization', 'x-api-key', 'traceparent', 'x-forwarded-for', 'user-agent'];

/**
 * The operations on the sockets of a service. `extensions.headers` of an operation replaces the credential of the connection;
 * a ping `{operation: <id in extensions.headers>, headers}` replaces it by a fresh one of the same caller.
 */
export class ServiceOperations<Context extends { readonly request: HttpRequest }>
  implements SocketOperations
{
  private readonly documents = new LRUCache<string, DocumentNode>({
    max: 500,
    maxSize: 4_000_000,
    sizeCalculation: (_, text) => text.length + 1,
  });
  /** By socket and by the name that the sender gave the operation. */
  private readonly credentials = new WeakMap<HttpRequest, Map<string, LiveCredential>>();

  constructor(
    private readonly options: {
      schema: GraphQLSchema;
      executor: OperationExecutor;
      authenticator: Pick<Authenticator, 'authenticate'>;
      contextOf: (request: HttpRequest) => Promise<Context>;
      listening: () => Promise<void>;
      metrics: Metrics;
      formatError: (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError;
    },
  ) {}

  async run(operation: SocketOperation, client: SocketClient): Promise<SocketResult> {
    const { schema, executor, listening, metrics } = this.options;
    const { query, variables, operationName } = operation;
    const document = this.documentOf(query);
    const parsed = getOperationAST(document, operationName);
    if (parsed == null) {
      throw new AppError(platformErrors.OPERATION_RESOLUTION_FAILURE, 'No operation has this name');
    }
    const { requestOf, leave } = await this.callerOf(operation, client);
    const contextOf = () => this.options.contextOf(requestOf());
    if (parsed.operation !== 'subscription') {
      const context = await contextOf();
      const result = await runInContext(context.request.trace, async () =>
        this.formatted(await executor.execute({ query, variables, operationName }, document, context)),
      );
      recordOperation(metrics, context, parsed, result.errors);
      leave();
      return result.data === undefined ? { errors: result.errors ?? [] } : oneResult(JSON.stringify(result));
    }
    const result = await subscribe({
      schema,
      document,
      operationName: operationName ?? undefined,
      variables: variables ?? {},
      contextOf,
      listening,
      onEnd: leave,
      format: error => this.options.formatError(withCode(error), error),
    });
    const isOpen = Symbol.asyncIterator in result;
    metrics.countOperation('subscription', isOpen ? 'success' : 'error');
    if (isOpen) return result;
    leave();
    return { errors: result.errors ?? [] };
  }

  errorOf(error: unknown): GraphQLFormattedError {
    const wrapped =
      error instanceof GraphQLError
        ? error
        : new GraphQLError(error instanceof Error ? error.message : String(error), {
            originalError: error instanceof Error ? error : new Error(String(error)),
          });
    return this.options.formatError(withCode(wrapped), wrapped);
  }

  async pinged({ operation, headers }: Record<string, unknown>, client: SocketClient): Promise<void> {
    if (typeof operation !== 'string' || !isObject(headers)) return;
    const credential = this.credentials.get(client.handshake)?.get(operation);
    await credential?.renew(withCredential({}, headers));
  }

  /** The request of each event: the headers of the handshake, with those of the operation and the current credential. */
  private async callerOf(
    { extensions }: SocketOperation,
    client: SocketClient,
  ): Promise<{ requestOf: () => HttpRequest; leave: () => void }> {
    const { handshake } = client;
    const given = headersOf(extensions?.['headers']);
    const request = (credential: LiveCredential): HttpRequest => {
      const { authorization: _, 'x-api-key': __, ...rest } = { ...handshake.headers, ...given };
      const head = { method: 'GET', url: '/graphql', remoteAddress: handshake.remoteAddress };
      return new HttpRequest({ ...head, headers: { ...rest, ...credential.headers } }, noBody);
    };
    if (given === undefined) return { requestOf: () => request(client.credential), leave: () => {} };
    const credential = await LiveCredential.open(this.options.authenticator, given);
    const name = extensions?.['operation'];
    if (typeof name !== 'string') return { requestOf: () => request(credential), leave: () => {} };
    const known = this.credentials.get(handshake) ?? new Map<string, LiveCredential>();
    this.credentials.set(handshake, known.set(name, credential));
    return { requestOf: () => request(credential), leave: () => known.delete(name) };
  }

  private documentOf(query: string): DocumentNode {
    const known = this.options.executor.documentOf(query) ?? this.documents.get(query);
    if (known !== undefined) return known;
    assertTextLimits(query, serviceTextLimits);
    const document = this.parsed(query);
    const errors = validate(this.options.schema, document);
    if (errors.length > 0) throw coded(errors[0]!, 'GRAPHQL_VALIDATION_FAILED');
    this.documents.set(query, document);
    return document;
  }

  private parsed(query: string): DocumentNode {
    try {
      return parse(query);
    } catch (error) {
      throw coded(error as GraphQLError, 'GRAPHQL_PARSE_FAILED');
    }
  }

  private formatted({ data, errors }: ExecutionResult) {
    return {
      ...(errors === undefined
        ? {}
        : { errors: errors.map(error => this.options.formatError(withCode(error), error)) }),
      ...(data === undefined ? {} : { data }),
    };
  }
}

const noBody = { read: () => Buffer.alloc(0), isComplete: true };

function headersOf(given: unknown): IncomingHttpHeaders | undefined {
  if (!isObject(given)) return undefined;
  const headers: IncomingHttpHeaders = {};
  for (const name of operationHeaders) {
    const value = given[name];
    if (typeof value === 'string') headers[name] = value;
  }
  return headers;
}

function coded(error: GraphQLError, code: string): GraphQLError {
  const { nodes, source, positions, path } = error;
  return new GraphQLError(error.message, { nodes, source, positions, path, extensions: { code } });
}
