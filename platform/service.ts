import {
  ApolloServer,
  type GraphQLRequestContextDidResolveOperation,
  type GraphQLRequestContextWillSendResponse,
} from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import type { FormattedExecutionResult, GraphQLFormattedError, OperationDefinitionNode } from 'graphql';
import { AppError, platformErrors } from './errors';
import { formatGraphQLError, graphqlErrorBody } from './graphql/error-format';
import { answerGraphQL } from './graphql/handler';
import { type AskedOperation, Operations } from './graphql/operations';
import { type RestRoute, restRoutes } from './graphql/rest-routes';
import { type Subgraph, subgraphSchema } from './graphql/subgraph-schema';
import { type Client, clientOf, privateNetworks } from './http/client-address';
import { healthRoutes, metricsRoute, type ReadinessChecks } from './http/operator-routes';
import type { HttpRequest } from './http/request';
import { type HttpResponse, jsonResponse } from './http/response';
import type { Route } from './http/router';
import { HttpServer } from './http/server';
import { hostInUrl } from './http/url-host';
import type { Logger } from './observability/logger';
import type { Metrics } from './observability/metrics';
import { runInContext } from './observability/tracing';
import type { Authenticator } from './security/authenticator';
import type { Caller } from './security/caller';

/** What every resolver's context holds; a service adds its loaders. */
export interface RequestContext {
  readonly caller: Caller;
  readonly client: Client;
  readonly request: HttpRequest;
}

export interface ServiceOptions<Context extends RequestContext> {
  /** The subgraph's name in rover.yaml, and the first segment of its REST paths at the gateway. */
  name: string;
  config: { host: string; port: number; shutdownGrace: number };
  logger: Logger;
  metrics: Metrics;
  authenticator: Authenticator;
  subgraph: Subgraph<Context>;
  /** Makes a request's context: its loaders live as long as the request. */
  context: (request: RequestContext) => Context;
  /** This service's rows of the REST table. */
  rest?: readonly RestRoute[];
  /** Routes beside GraphQL and REST, such as a key set. */
  routes?: readonly Route[];
  ready: ReadinessChecks;
  /** Closes what the service stands on, after the door is closed. */
  close: () => Promise<void>;
}

export interface RunningService {
  readonly name: string;
  readonly port: number;
  readonly url: string;
  stop(): Promise<void>;
}

const graphqlBodyLimit = 2 * 1024 * 1024;

/**
 * Opens the door of a subgraph: `/graphql`, its REST paths, `/health`, `/health/ready`, `/metrics`; and closes it without
 * dropping what is in flight.
 */
export async function startService<Context extends RequestContext>(
  options: ServiceOptions<Context>,
): Promise<RunningService> {
  const { name, config, logger, metrics, authenticator } = options;
  const schema = await subgraphSchema(options.subgraph);
  const formatError = (formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError =>
    formatGraphQLError(formatted, error, logger);
  const operations = new Operations(schema, formatError);
  const apollo = new ApolloServer<Context>({
    schema,
    introspection: true,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    persistedQueries: false,
    // What it has parsed and validated is remembered below.
    documentStore: null,
    formatError,
    plugins: [
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      // It would wrap every field of the schema, and nothing here may be cached.
      ApolloServerPluginCacheControlDisabled(),
      followOperations<Context>(operations, metrics),
    ],
  });
  await apollo.start();
  const answerKnown = async (
    asked: AskedOperation,
    context: Context,
  ): Promise<FormattedExecutionResult | undefined> => {
    const answered = await operations.answer(asked, context);
    if (answered !== undefined) noteOperation(metrics, context, answered.operation, answered.result.errors);
    return answered?.result;
  };

  const trusted = privateNetworks();
  const contextOf = async (request: HttpRequest): Promise<Context> =>
    options.context({
      caller: await authenticator.authenticate(request.headers),
      client: clientOf(request, trusted),
      request,
    });

  const routes: Route[] = [
    {
      method: '*',
      path: '/graphql',
      handle: async request => {
        let context: Context;
        try {
          context = await contextOf(request);
        } catch (error) {
          return refuseGraphQL(error, request);
        }
        return answerGraphQL(apollo, request, async () => context, graphqlBodyLimit, answerKnown);
      },
    },
    ...healthRoutes(name, options.ready),
    metricsRoute(metrics),
    ...(options.routes ?? []),
    ...restRoutes(
      options.rest ?? [],
      schema,
      async (operation, request) => {
        const { query, variables } = operation;
        const contextValue = await contextOf(request);
        const known = await answerKnown({ query, variables }, contextValue);
        if (known !== undefined) return known;
        const answer = await apollo.executeOperation({ query, variables }, { contextValue });
        if (answer.body.kind !== 'single') throw new Error('a REST operation answered in parts');
        return answer.body.singleResult;
      },
      `/${name}`,
    ),
  ];

  const server = new HttpServer({ routes, logger, metrics, runIn: runInContext });
  const closeBelow = async (): Promise<void> => {
    await apollo.stop();
    await options.close();
  };
  let port: number;
  try {
    port = await server.listen(config.port, config.host);
  } catch (error) {
    // What the service stands on would keep the process alive behind a door that never opened.
    await closeBelow();
    throw error;
  }
  let stopped: Promise<void> | undefined;
  return {
    name,
    port,
    url: `http://${hostInUrl(config.host)}:${port}`,
    stop: () => {
      stopped ??= (async () => {
        await server.stop(config.shutdownGrace * 1000);
        await closeBelow();
      })();
      return stopped;
    },
  };
}

/** What fails before there is an operation, in GraphQL's shape. */
function refuseGraphQL(error: unknown, { trace }: HttpRequest): HttpResponse {
  if (!(error instanceof AppError)) throw error;
  return jsonResponse(error.status, graphqlErrorBody(error, trace.traceId), {
    ...error.headers,
    'cache-control': 'no-store',
  });
}

/** What @apollo/server finds valid is remembered; what it answers is noted. */
function followOperations<Context extends RequestContext>(operations: Operations, metrics: Metrics) {
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({
          operation,
          source,
          document,
        }: GraphQLRequestContextDidResolveOperation<Context>) {
          // Executed like a query it would answer once and end, which looks as if it had worked.
          if (operation?.operation === 'subscription') {
            throw new AppError(platformErrors.SUBSCRIPTIONS_NEED_A_STREAM, 'Subscribe over WebSocket or SSE');
          }
          operations.remember(source, document);
        },
        async willSendResponse(answered: GraphQLRequestContextWillSendResponse<Context>) {
          const { body, http } = answered.response;
          http.headers.set('cache-control', 'no-store');
          const errors = body.kind === 'single' ? body.singleResult.errors : undefined;
          noteOperation(metrics, answered.contextValue, answered.operation, errors);
        },
      };
    },
  };
}

/** Adds the operation to the request's line in the log, and counts it. */
function noteOperation(
  metrics: Metrics,
  { request: { facts } }: RequestContext,
  operation: OperationDefinitionNode | undefined,
  errors: readonly GraphQLFormattedError[] | undefined,
): void {
  const type = operation?.operation ?? 'unknown';
  facts.graphql_operation_name = operation?.name?.value;
  facts.graphql_operation_type = type;
  if (errors !== undefined)
    facts.error_codes = [...new Set(errors.map(error => String(error.extensions?.['code'])))];
  metrics.countOperation(type, errors === undefined ? 'success' : 'error');
}
