import {
  ApolloServer,
  type ApolloServerPlugin,
  type GraphQLRequestContextDidResolveOperation,
  type GraphQLRequestContextWillSendResponse,
} from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import {
  type GraphQLFormattedError,
  type GraphQLSchema,
  MaxIntrospectionDepthRule,
  type OperationDefinitionNode,
} from 'graphql';
import { AppError, platformErrors } from '../errors';
import type { HttpRequest } from '../http/request';
import type { Metrics } from '../observability/metrics';
import type { OperationExecutor } from './operation-executor';

export interface GraphQLContext {
  readonly request: HttpRequest;
}

/** @apollo/server with our executor, given by its `gateway` option: the documented way to execute operations otherwise. */
export async function startApolloServer<Context extends GraphQLContext>(options: {
  schema: GraphQLSchema;
  executor: OperationExecutor;
  metrics: Metrics;
  formatError: (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError;
}): Promise<ApolloServer<Context>> {
  const { schema, executor, metrics, formatError } = options;
  const server = new ApolloServer<Context>({
    gateway: {
      onSchemaLoadOrUpdate: onSchema => {
        onSchema({ apiSchema: schema, coreSupergraphSdl: '' });
        return () => {};
      },
      load: async () => ({
        executor: async ({ request, source, operationName, document, context }) =>
          executor.execute({ query: source, operationName, variables: request.variables }, document, context),
      }),
      stop: async () => {},
    },
    introspection: true,
    validationRules: [MaxIntrospectionDepthRule],
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    persistedQueries: false,
    // The executor keeps documents.
    documentStore: null,
    formatError,
    plugins: [
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      // It would wrap every field of the schema, and no response may be cached.
      ApolloServerPluginCacheControlDisabled(),
      observeOperations<Context>(metrics),
    ],
  });
  await server.start();
  return server;
}

function observeOperations<Context extends GraphQLContext>(metrics: Metrics): ApolloServerPlugin<Context> {
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ operation }: GraphQLRequestContextDidResolveOperation<Context>) {
          // Executed like a query it would answer once and end, which looks as if it had worked.
          if (operation?.operation === 'subscription') {
            throw new AppError(platformErrors.SUBSCRIPTIONS_NEED_A_STREAM, 'Subscribe over WebSocket or SSE');
          }
        },
        async willSendResponse(answered: GraphQLRequestContextWillSendResponse<Context>) {
          const { body, http } = answered.response;
          http.headers.set('cache-control', 'no-store');
          const errors = body.kind === 'single' ? body.singleResult.errors : undefined;
          recordOperation(metrics, answered.contextValue, answered.operation, errors);
        },
      };
    },
  };
}

/** Adds the operation to the request's line in the log, and counts it. */
export function recordOperation(
  metrics: Metrics,
  { request: { facts } }: GraphQLContext,
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
