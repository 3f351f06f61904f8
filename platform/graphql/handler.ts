import { type ApolloServer, type BaseContext, HeaderMap } from '@apollo/server';
import type { FormattedExecutionResult } from 'graphql';
import { AppError } from '../errors';
import { assertUtf8, parseContentType, parseJson } from '../http/body';
import type { HttpRequest } from '../http/request';
import { type HttpResponse, jsonResponse } from '../http/response';
import { isObject } from '../json';
import { type AnonymousOperations, isExpiredToken } from './anonymous-operations';
import type { GraphQLContext } from './apollo-server';
import { graphqlErrorBody } from './error-format';
import type { KnownOperations } from './known-operations';
import type { OperationRequest } from './operation-executor';
import { assertTextLimits, serviceTextLimits } from './text-limits';

/** Four times that of the gateway: what the gateway takes must fit with the representations that it adds. */
const maxBodyBytes = 8 * 1024 * 1024;

/** Answers GraphQL requests of a service: known operations by their short cut, all others by @apollo/server. */
export class GraphQLHandler<Context extends GraphQLContext> {
  constructor(
    private readonly server: ApolloServer<Context>,
    private readonly known: KnownOperations,
    private readonly contextOf: (request: HttpRequest) => Promise<Context>,
    private readonly anonymous: {
      readonly operations: AnonymousOperations;
      /** The context of a request whose token counts as none. */
      contextOf(request: HttpRequest): Context;
    },
  ) {}

  async handle(request: HttpRequest): Promise<HttpResponse> {
    try {
      let read: Promise<unknown> | undefined;
      const readBody = () => {
        read ??= readGraphQLBody(request, maxBodyBytes);
        return read;
      };
      const context = await this.contextOfOperation(request, async () => operationOf(await readBody()));
      const body = await readBody();
      const operation = plainOperation(request, body);
      const result = operation && (await this.known.execute(operation, context));
      if (result === undefined)
        return await answerByApolloServer(this.server, request, body, async () => context);
      return {
        status: 200,
        headers: { 'cache-control': 'no-store', 'content-type': contentTypes.get(request.header('accept'))! },
        body: `${JSON.stringify(result)}\n`,
      };
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return jsonResponse(error.status, graphqlErrorBody(error, request.trace.traceId), {
        ...error.headers,
        'cache-control': 'no-store',
      });
    }
  }

  /** Executes the operation of a REST request. */
  async execute(operation: OperationRequest, request: HttpRequest): Promise<FormattedExecutionResult> {
    const context = await this.contextOfOperation(request, async () => operation);
    const result = await this.known.execute(operation, context);
    if (result !== undefined) return result;
    const { query, variables } = operation;
    const { body } = await this.server.executeOperation(
      { query, ...(variables == null ? {} : { variables }) },
      { contextValue: context },
    );
    if (body.kind !== 'single') throw new Error('a REST operation answered in parts');
    return body.singleResult;
  }

  /** The body is read before the caller is known only to see whether its operation takes none. */
  private async contextOfOperation(
    request: HttpRequest,
    readOperation: () => Promise<OperationRequest | undefined>,
  ): Promise<Context> {
    try {
      return await this.contextOf(request);
    } catch (error) {
      if (!isExpiredToken(error)) throw error;
      const operation = await readOperation();
      const { operations, contextOf } = this.anonymous;
      if (!operations.includes(operation?.query, operation?.operationName)) throw error;
      return contextOf(request);
    }
  }
}

/**
 * Answers by the GraphQL-over-HTTP specification as @apollo/server implements it, without batches and with CSRF prevention.
 *
 * @throws AppError for an operation over the limits of a service
 */
export async function answerByApolloServer<Context extends BaseContext>(
  server: ApolloServer<Context>,
  request: HttpRequest,
  body: unknown,
  context: () => Promise<Context>,
): Promise<HttpResponse> {
  assertTextLimits(
    request.method === 'POST' ? (body as { query?: unknown } | null)?.query : request.query.get('query'),
    serviceTextLimits,
  );
  const headers = new HeaderMap();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  const answer = await server.executeHTTPGraphQLRequest({
    httpGraphQLRequest: { method: request.method, headers, search: request.search, body },
    context,
  });
  return {
    status: answer.status ?? 200,
    headers: Object.fromEntries(answer.headers),
    body: answer.body.kind === 'complete' ? answer.body.string : answer.body.asyncIterator,
  };
}

/** The body as @apollo/server expects it: parsed JSON; empty for another content type, which @apollo/server refuses. */
export async function readGraphQLBody(request: HttpRequest, limit: number): Promise<unknown> {
  if (request.method !== 'POST') return {};
  const { mime, charset } = parseContentType(request.header('content-type'));
  if (mime !== 'application/json') return '';
  assertUtf8(charset);
  const bytes = await request.body(limit);
  return bytes.length === 0 ? '' : parseJson(bytes);
}

/** By the accept header of most clients: the content type of the response. @apollo/server negotiates any other header. */
const contentTypes = new Map<string | undefined, string>([
  [undefined, 'application/json; charset=utf-8'],
  ['*/*', 'application/json; charset=utf-8'],
  ['application/json', 'application/json; charset=utf-8'],
  ['application/graphql-response+json, application/json', 'application/graphql-response+json; charset=utf-8'],
]);

/** The operation of a body, for a look at it before its caller is known. */
function operationOf(body: unknown): OperationRequest | undefined {
  if (!isObject(body) || typeof body['query'] !== 'string') return undefined;
  const { query, operationName } = body;
  return { query, operationName: typeof operationName === 'string' ? operationName : undefined };
}

/** The operation of a POST with the members of the specification; undefined for any other request. */
function plainOperation(request: HttpRequest, body: unknown): OperationRequest | undefined {
  if (request.method !== 'POST' || !contentTypes.has(request.header('accept')) || !isObject(body))
    return undefined;
  const { query, variables, operationName, extensions } = body;
  if (typeof query !== 'string' || extensions !== undefined) return undefined;
  if (operationName != null && (typeof operationName !== 'string' || operationName === '')) return undefined;
  if (variables != null && !isObject(variables)) return undefined;
  return { query, variables, operationName };
}
