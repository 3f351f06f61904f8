import { type ApolloServer, type BaseContext, HeaderMap } from '@apollo/server';
import type { FormattedExecutionResult } from 'graphql';
import { AppError } from '../errors';
import { assertUtf8, parseContentType, parseJson } from '../http/body';
import type { HttpRequest } from '../http/request';
import { type HttpResponse, jsonResponse } from '../http/response';
import { graphqlErrorBody } from './error-format';
import type { AskedOperation } from './operations';
import { assertTextLimits } from './text-limits';

/**
 * Answers an operation that is known already; undefined, with nothing done yet, for what @apollo/server has to answer.
 */
export type AnswerKnown<Context> = (
  asked: AskedOperation,
  context: Context,
) => Promise<FormattedExecutionResult | undefined>;

/**
 * The GraphQL door of a service: node:http on one side, @apollo/server on the other, nothing between. Follows the
 * GraphQL-over-HTTP specification as @apollo/server implements it; batching is off, CSRF prevention on.
 *
 * @param limit largest body in bytes
 * @param answerKnown spares plain requests for known operations the way through @apollo/server, with the same answer
 */
export async function answerGraphQL<Context extends BaseContext>(
  server: ApolloServer<Context>,
  request: HttpRequest,
  context: () => Promise<Context>,
  limit: number,
  answerKnown?: AnswerKnown<Context>,
): Promise<HttpResponse> {
  let body: unknown;
  try {
    body = await readBody(request, limit);
  } catch (error) {
    return refusal(error, request);
  }
  const asked = answerKnown === undefined ? undefined : plainRequest(request, body);
  if (asked !== undefined) {
    const result = await answerKnown!(asked, await context());
    if (result !== undefined) {
      return {
        status: 200,
        headers: { 'cache-control': 'no-store', 'content-type': answerTypes.get(request.header('accept'))! },
        body: `${JSON.stringify(result)}\n`,
      };
    }
  }
  try {
    // What is known was shallow when it was new.
    assertTextLimits(
      request.method === 'POST' ? (body as { query?: unknown } | null)?.query : request.query.get('query'),
    );
  } catch (error) {
    return refusal(error, request);
  }
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

function refusal(error: unknown, { trace }: HttpRequest): HttpResponse {
  if (!(error instanceof AppError)) throw error;
  return jsonResponse(error.status, graphqlErrorBody(error, trace.traceId), error.headers);
}

/** What clients usually accept, and what they are sent; any other header is negotiated by @apollo/server. */
const answerTypes = new Map<string | undefined, string>([
  [undefined, 'application/json; charset=utf-8'],
  ['*/*', 'application/json; charset=utf-8'],
  ['application/json', 'application/json; charset=utf-8'],
  ['application/graphql-response+json, application/json', 'application/graphql-response+json; charset=utf-8'],
]);

/** The operation of a request about which nothing is unusual: a POST of JSON with the members that the specification has. */
function plainRequest(request: HttpRequest, body: unknown): AskedOperation | undefined {
  if (request.method !== 'POST' || !answerTypes.has(request.header('accept'))) return undefined;
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return undefined;
  const { query, variables, operationName, extensions } = body as Record<string, unknown>;
  if (typeof query !== 'string' || extensions !== undefined) return undefined;
  if (operationName != null && (typeof operationName !== 'string' || operationName === '')) return undefined;
  if (variables != null && (typeof variables !== 'object' || Array.isArray(variables))) return undefined;
  return { query, variables, operationName } as AskedOperation;
}

/** What @apollo/server takes as the parsed body: an object for JSON, empty otherwise, so that it says what is wrong. */
async function readBody(request: HttpRequest, limit: number): Promise<unknown> {
  if (request.method !== 'POST') return {};
  const { mime, charset } = parseContentType(request.header('content-type'));
  if (mime !== 'application/json') return '';
  assertUtf8(charset);
  const bytes = await request.body(limit);
  const body = bytes.length === 0 ? '' : parseJson(bytes);
  return body;
}
