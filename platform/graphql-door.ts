import { type ApolloServer, type BaseContext, HeaderMap } from '@apollo/server';
import { graphqlErrorBody } from './error-shapes';
import { AppError } from './errors';
import {
  assertUtf8,
  contentType,
  type HttpRequest,
  type HttpResponse,
  jsonResponse,
  parseJson,
} from './http';

/** Deeper brackets than any real operation has would overflow the stack of graphql-js' recursive parser. */
const deepestNesting = 200;

/**
 * The GraphQL door of a service: node:http on one side, @apollo/server on the other, nothing between. Follows the
 * GraphQL-over-HTTP specification as @apollo/server implements it; batching is off, CSRF prevention on.
 *
 * @param limit largest body in bytes
 */
export async function answerGraphQL<Context extends BaseContext>(
  server: ApolloServer<Context>,
  request: HttpRequest,
  context: () => Promise<Context>,
  limit: number,
): Promise<HttpResponse> {
  let body: unknown;
  try {
    body = await readBody(request, limit);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return jsonResponse(error.status, graphqlErrorBody(error), error.headers);
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

/** What @apollo/server takes as the parsed body: an object for JSON, empty otherwise, so that it says what is wrong. */
async function readBody(request: HttpRequest, limit: number): Promise<unknown> {
  if (request.method !== 'POST') {
    assertShallow(request.query.get('query'));
    return {};
  }
  const { mime, charset } = contentType(request.header('content-type'));
  if (mime !== 'application/json') return '';
  assertUtf8(charset);
  const bytes = await request.body(limit);
  const body = bytes.length === 0 ? '' : parseJson(bytes);
  if (typeof body === 'object' && body !== null) assertShallow((body as { query?: unknown }).query);
  return body;
}

/** @throws AppError 400 when the text nests brackets deeper than any real operation does */
export function assertShallow(query: unknown): void {
  if (typeof query !== 'string') return;
  let depth = 0;
  for (let index = 0; index < query.length; index++) {
    const code = query.charCodeAt(index);
    if (code === 123 || code === 91 || code === 40) {
      depth += 1;
      if (depth > deepestNesting) {
        throw new AppError(
          'GRAPHQL_PARSE_FAILED',
          `The operation nests deeper than ${deepestNesting} levels`,
        );
      }
    } else if (code === 125 || code === 93 || code === 41) depth -= 1;
  }
}
