import { AppError, platformErrors } from '../../platform/errors';
import { graphqlErrorBody } from '../../platform/graphql/error-format';
import { assertJsonDepth, parseContentType, parseJson } from '../../platform/http/body';
import { discard } from '../../platform/http/discard';
import type { Headers } from '../../platform/http/headers';
import type { HttpRequest } from '../../platform/http/request';
import { type HttpResponse, jsonResponse } from '../../platform/http/response';
import { isObject } from '../../platform/json';
import type { Metrics } from '../../platform/observability/metrics';
import { gatewayErrors } from '../errors';
import type { PersistedOperations } from '../operations/persisted-operations';
import type { ExecutionResult, GraphQLRequest, SupergraphExecutor } from '../supergraph-executor';
import type { Callers } from './callers';
import type { MultipartOperations } from './multipart-operations';

const bodyLimit = 2 * 1024 * 1024;
const json = headersOf('application/json; charset=utf-8');
const graphqlJson = headersOf('application/graphql-response+json; charset=utf-8');

/** Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html), or multipart as Apollo Client reads it. */
export type StreamType = 'events' | 'multipart';

export interface StreamAnswers {
  /** A stream, or the result of what is not streamed: a refusal, or an operation that is no subscription. @throws AppError */
  answer(
    type: StreamType,
    operation: GraphQLRequest,
    request: HttpRequest,
  ): Promise<HttpResponse | { readonly result: ExecutionResult }>;
}

/** @returns undefined for a client that wants one answer */
export function streamType(accept: string | undefined): StreamType | undefined {
  if (accept === undefined || accept === '*/*' || accept === 'application/json') return undefined;
  if (accept.includes('text/event-stream')) return 'events';
  return accept.includes('multipart/mixed') && accept.includes('subscriptionSpec') ? 'multipart' : undefined;
}

/**
 * GraphQL over HTTP (https://graphql.github.io/graphql-over-http/draft/): reads the request, authenticates its caller and executes it. It
 * takes no batches, and no request that a form or image of a foreign page could send.
 */
export class GraphQLHandler {
  constructor(
    private readonly executor: SupergraphExecutor,
    private readonly callers: Callers,
    private readonly metrics: Metrics,
    private readonly operations: PersistedOperations,
    private readonly multipart: MultipartOperations,
    /** Answers requests that accept a stream; undefined where there are no subscriptions. */
    private readonly streams?: StreamAnswers,
  ) {}

  async handle(request: HttpRequest): Promise<HttpResponse> {
    let headers = json;
    try {
      const stream = this.streams && streamType(request.header('accept'));
      if (stream !== undefined) return await this.streamed(request, stream);
      headers = answerHeaders(request.header('accept'));
      if (isMultipart(request)) return this.answer(request, await this.executeMultipart(request), headers);
      const bytes = this.bytesOf(request);
      // The body is read before anything can fail, so that the connection stays usable.
      const body = bytes instanceof Promise ? await bytes : bytes;
      const read = () => (body === undefined ? fromQuery(request.query) : fromBody(parseJson(body)));
      const caller = this.callers.contextOfOperation(request, () => this.operations.complete(read()));
      const context = caller instanceof Promise ? await caller : caller;
      const given = read();
      const completed = this.operations.complete(given);
      const result = await this.executor.execute(
        completed instanceof Promise ? await completed : completed,
        context,
      );
      this.operations.learn(given, result);
      return this.answer(request, result, headers);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      request.facts.error_codes = [error.code];
      return jsonResponse(error.status, graphqlErrorBody(error, request.trace.traceId), {
        ...error.headers,
        ...headers,
      });
    }
  }

  /** As `handle` reads and completes a request, for an answer that is a stream. */
  private async streamed(request: HttpRequest, type: StreamType): Promise<HttpResponse> {
    const body = request.method === 'GET' ? undefined : await this.bytesOf(request);
    const given = body === undefined ? fromQuery(request.query) : fromBody(parseJson(body));
    const answer = await this.streams!.answer(type, await this.operations.complete(given), request);
    if ('result' in answer) {
      this.operations.learn(given, answer.result);
      return this.answer(request, answer.result, json);
    }
    this.operations.learn(given, { failure: undefined });
    return answer;
  }

  /** The files go to their service before the operation runs, so the caller is known first. */
  private async executeMultipart(request: HttpRequest): Promise<ExecutionResult> {
    try {
      if (!hasPreflightHeader(request)) {
        throw new AppError(
          platformErrors.BAD_REQUEST,
          'A multipart operation needs the header apollo-require-preflight: true, so that foreign pages cannot send it',
        );
      }
      const context = await this.callers.contextOf(request);
      const given = fromBody(await this.multipart.read(request, context.headers));
      return await this.executor.execute(await this.operations.complete(given), context);
    } catch (error) {
      await discard(request);
      throw error;
    }
  }

  /** Adds the operation to the request's line in the log, and counts it. */
  note(request: HttpRequest, result: ExecutionResult): void {
    const type = result.operation?.type ?? 'unknown';
    request.facts.graphql_operation_name = result.operation?.name?.slice(0, 200);
    request.facts.graphql_operation_type = type;
    if (result.errorCodes.length > 0) request.facts.error_codes = result.errorCodes.slice(0, 10);
    this.metrics.countOperation(type, result.errorCodes.length === 0 ? 'success' : 'error');
  }

  private answer(request: HttpRequest, result: ExecutionResult, headers: Headers): HttpResponse {
    this.note(request, result);
    const { body, failure, status } = result;
    if (failure === undefined) return { status: 200, headers, body };
    return { status, headers: status === 405 ? { ...headers, allow: 'POST' } : headers, body };
  }

  /** The bytes of a POST; undefined for a GET, which says everything in its address. */
  private bytesOf(request: HttpRequest): Buffer | Promise<Buffer> | undefined {
    if (request.method === 'GET') {
      assertNotForeign(request);
      return undefined;
    }
    if (request.method !== 'POST') {
      throw new AppError(platformErrors.METHOD_NOT_ALLOWED, 'GraphQL is answered to GET and POST', {
        headers: { allow: 'GET, POST' },
      });
    }
    return request.jsonBody(bodyLimit);
  }
}

/**
 * A page of another origin can make a browser send a GET without a CORS preflight, but not with a custom header. So a GET needs a header
 * that no form and no image sends. A POST needs a content type that causes a preflight.
 */
function assertNotForeign(request: HttpRequest): void {
  const { mime } = parseContentType(request.header('content-type'));
  const isSimple = ['', 'text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data'].includes(
    mime,
  );
  if (!hasPreflightHeader(request) && isSimple) {
    throw new AppError(
      platformErrors.BAD_REQUEST,
      "A GET needs the header apollo-require-preflight: true, so that foreign pages cannot send it. urql: set preferGetMethod: false, or fetchOptions: { headers: { 'apollo-require-preflight': 'true' } }. Apollo Client: new HttpLink({ headers: { 'apollo-require-preflight': 'true' } })",
    );
  }
}

function hasPreflightHeader(request: HttpRequest): boolean {
  return Boolean(request.header('apollo-require-preflight') || request.header('x-apollo-operation-name'));
}

function isMultipart(request: HttpRequest): boolean {
  return (
    request.method === 'POST' &&
    parseContentType(request.header('content-type')).mime === 'multipart/form-data'
  );
}

function fromQuery(query: URLSearchParams): GraphQLRequest {
  return checkedRequest({
    query: query.get('query') ?? undefined,
    documentId: query.get('documentId') ?? undefined,
    operationName: query.get('operationName') ?? undefined,
    variables: jsonParameter(query, 'variables'),
    extensions: jsonParameter(query, 'extensions'),
  });
}

function jsonParameter(query: URLSearchParams, name: string): unknown {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new AppError(platformErrors.BAD_REQUEST, `The parameter ${name} is not JSON`, { cause: error });
  }
  assertJsonDepth(value);
  return value;
}

function fromBody(body: unknown): GraphQLRequest {
  if (Array.isArray(body))
    throw new AppError(platformErrors.BAD_REQUEST, 'Send one operation a request: batches are off');
  if (typeof body !== 'object' || body === null) {
    throw new AppError(platformErrors.BAD_REQUEST, 'The body must be a JSON object with a query');
  }
  return checkedRequest(body);
}

/** @throws AppError 400 for members of another type than the specification of GraphQL over HTTP gives them */
export function checkedRequest(given: {
  query?: unknown;
  documentId?: unknown;
  operationName?: unknown;
  variables?: unknown;
  extensions?: unknown;
}): GraphQLRequest {
  const { query, documentId, operationName, variables, extensions } = given;
  assertObject('variables', variables);
  assertObject('extensions', extensions);
  if (operationName != null && typeof operationName !== 'string') {
    throw new AppError(platformErrors.BAD_REQUEST, 'operationName must be text');
  }
  if (documentId != null && (typeof documentId !== 'string' || documentId === '')) {
    throw new AppError(platformErrors.BAD_REQUEST, 'documentId must be text');
  }
  // A persisted operation needs no text.
  const isNamed =
    query == null && (documentId != null || (isObject(extensions) && extensions['persistedQuery'] != null));
  if (!isNamed && (typeof query !== 'string' || query.trim() === '')) {
    throw new AppError(platformErrors.BAD_REQUEST, 'query must be the text of an operation');
  }
  return {
    query: isNamed ? undefined : (query as string),
    ...(documentId == null ? {} : { documentId }),
    operationName: operationName === '' ? undefined : operationName,
    variables: isObject(variables) ? variables : undefined,
    extensions: isObject(extensions) ? extensions : undefined,
  };
}

function assertObject(name: string, value: unknown): void {
  if (value != null && !isObject(value))
    throw new AppError(platformErrors.BAD_REQUEST, `${name} must be an object`);
}

function headersOf(type: string): Headers {
  return Object.freeze({ 'content-type': type, 'cache-control': 'no-store' });
}

/**
 * The content type of the answer by the `accept` header (https://graphql.github.io/graphql-over-http/draft/#sec-Accept).
 *
 * @throws AppError 406 when the client takes neither type
 */
function answerHeaders(accept: string | undefined): Headers {
  if (accept === undefined || accept === '*/*' || accept === 'application/json' || accept.trim() === '') {
    return json;
  }
  const weights = new Map<string, number>();
  for (const part of accept.toLowerCase().split(',')) {
    const [mime = '', ...parameters] = part.split(';').map(text => text.trim());
    const q = parameters.find(text => text.startsWith('q='));
    weights.set(mime, q === undefined ? 1 : Number(q.slice(2)) || 0);
  }
  const weigh = (mime: string) =>
    weights.get(mime) ?? weights.get('application/*') ?? weights.get('*/*') ?? 0;
  const plain = weigh('application/json');
  const own = weigh('application/graphql-response+json');
  if (plain === 0 && own === 0) {
    throw new AppError(
      gatewayErrors.NOT_ACCEPTABLE,
      'Answers are application/graphql-response+json or application/json',
    );
  }
  // A wildcard gets the type that every client reads. A client that names the newer type gets it where the weights are equal.
  return weights.has('application/graphql-response+json') && own >= plain ? graphqlJson : json;
}
