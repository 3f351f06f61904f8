import { ApolloGateway } from '@apollo/gateway';
import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  OperationTypeNode,
  visit,
} from 'graphql';
import { AppError, platformErrors } from '../../platform/errors';
import { fragmentsOf } from '../../platform/graphql/document';
import { errorExtensions, formatGraphQLError, graphqlErrorBody } from '../../platform/graphql/error-format';
import { assertTextLimits } from '../../platform/graphql/text-limits';
import type { Logger } from '../../platform/observability/logger';
import { runInContext } from '../../platform/observability/tracing';
import { gatewayErrors } from '../errors';
import { AccessRules, anonymousMutations } from '../operations/access';
import { assertFewSignInAttempts } from '../operations/sign-in-attempts';
import { readSupergraph } from '../schema/supergraph-schema';
import type {
  ExecutionResult,
  GraphQLRequest,
  OperationSummary,
  RequestContext,
  SupergraphExecutor,
} from '../supergraph-executor';
import type { ServiceCalls } from '../traffic/service-calls';
import { type StockContext, SubgraphSource } from './subgraph-source';
import { withoutAccessDirectives } from './without-access-directives';

export interface StockOptions {
  readonly supergraphSdl: string;
  /** Not closed with the executor. */
  readonly calls: ServiceCalls;
  /** Validation errors contain no names that the client did not write. */
  readonly hidesSuggestions: boolean;
  readonly logger: Logger;
}

/** More than any client needs. They bound the cost of validation and planning. */
const maxTokens = 5_000;
const maxSelections = 20_000;

/**
 * Runs operations by @apollo/gateway inside of @apollo/server, from the supergraph alone: it starts while every subgraph
 * is down.
 *
 * @throws Error when the supergraph cannot be served
 */
export async function openStockExecutor(options: StockOptions): Promise<SupergraphExecutor> {
  const { logger } = options;
  const gateway = new ApolloGateway({
    supergraphSdl: withoutAccessDirectives(options.supergraphSdl),
    buildService: ({ name }) => new SubgraphSource(name, options.calls),
    logger: quiet(logger),
  });
  const schema = readSupergraph(options.supergraphSdl);
  let apiSchema: GraphQLSchema | undefined;
  gateway.onSchemaLoadOrUpdate(loaded => {
    apiSchema = loaded.apiSchema;
  });
  const server = new ApolloServer<StockContext>({
    gateway,
    introspection: true,
    hideSchemaDetailsFromClientErrors: options.hidesSuggestions,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    persistedQueries: false,
    parseOptions: { maxTokens },
    maxRecursiveSelections: maxSelections,
    formatError: (formatted, error) => formatError(formatted, error, logger),
    plugins: [ApolloServerPluginLandingPageDisabled(), operationGuard(schema.credentialMutations)],
    logger: quiet(logger),
  });
  await server.start();
  if (apiSchema === undefined) throw new Error('@apollo/gateway started without a schema');
  const anonymous = anonymousMutations(schema, AccessRules.read(schema));
  return new StockExecutor(server, apiSchema, anonymous, logger);
}

class StockExecutor implements SupergraphExecutor {
  constructor(
    private readonly server: ApolloServer<StockContext>,
    readonly apiSchema: GraphQLSchema,
    readonly anonymousMutations: ReadonlySet<string>,
    private readonly logger: Logger,
  ) {}

  execute(request: GraphQLRequest, context: RequestContext): Promise<ExecutionResult> {
    const { trace } = context;
    // @apollo/gateway passes no context on to the subgraphs' errors and logs, so the trace goes by asynchronous context.
    return trace === undefined
      ? this.run(request, context)
      : runInContext(trace, () => this.run(request, context));
  }

  private async run(request: GraphQLRequest, context: RequestContext): Promise<ExecutionResult> {
    const noted: { operation?: OperationSummary } = {};
    const deadline = performance.now() + (context.timeoutMs ?? Number.POSITIVE_INFINITY);
    try {
      assertTextLimits(request.query);
      const answer = await this.server.executeOperation(
        {
          ...(request.query === undefined ? {} : { query: request.query }),
          ...(request.variables == null ? {} : { variables: request.variables }),
          ...(request.operationName == null ? {} : { operationName: request.operationName }),
        },
        { contextValue: { request: context, deadline, noted } },
      );
      if (answer.body.kind !== 'single') throw new Error('an operation answered in parts');
      const { data, errors } = answer.body.singleResult;
      return resultOf({ data, errors }, noted.operation);
    } catch (error) {
      const traceId = context.trace?.traceId ?? null;
      return resultOf(graphqlErrorBody(this.asAppError(error), traceId), noted.operation);
    }
  }

  async close(): Promise<void> {
    await this.server.stop();
  }

  private asAppError(error: unknown): AppError {
    if (error instanceof AppError) return error;
    this.logger.error({ error }, 'an operation failed by a fault of ours');
    return new AppError(platformErrors.INTERNAL_ERROR, 'Something went wrong on our side');
  }
}

function resultOf(
  answer: { data?: unknown; errors?: readonly GraphQLFormattedError[] | undefined },
  operation: OperationSummary | undefined,
): ExecutionResult {
  const { data, errors } = answer;
  const codes = (errors ?? []).map(error => String(error.extensions?.['code']));
  const isExecuted = data !== undefined;
  const http = errors?.[0]?.extensions?.['http'] as { status?: number } | undefined;
  return {
    body: JSON.stringify({ ...(errors === undefined ? {} : { errors }), ...(isExecuted ? { data } : {}) }),
    failure: isExecuted ? undefined : (codes[0] ?? 'INTERNAL_ERROR'),
    status: isExecuted ? 200 : (http?.status ?? 500),
    errorCodes: [...new Set(codes)],
    operation,
  };
}

/** Refuses operations that the gateway does not run for this request. */
function operationGuard(credentialMutations: ReadonlySet<string>): ApolloServerPlugin<StockContext> {
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ document, operation, operationName, contextValue }) {
          if (operation == null) {
            throw new AppError(
              platformErrors.OPERATION_RESOLUTION_FAILURE,
              'operationName names none of the operations, or is missing',
            );
          }
          if (contextValue.request.isIntrospectionAllowed === false && hasIntrospection(document)) {
            throw new AppError(gatewayErrors.INTROSPECTION_DISABLED, 'Introspection is not available here');
          }
          const type = operation.operation;
          contextValue.noted.operation = { name: operationName ?? undefined, type };
          if (type === OperationTypeNode.SUBSCRIPTION) {
            throw new AppError(platformErrors.SUBSCRIPTIONS_NEED_A_STREAM, 'Subscribe over WebSocket or SSE');
          }
          const isCredential = assertFewSignInAttempts(operation, fragmentsOf(document), credentialMutations);
          await contextValue.request.budget?.spend(0, isCredential);
          if (type === OperationTypeNode.MUTATION && contextValue.request.isMutationAllowed === false) {
            throw new AppError(platformErrors.METHOD_NOT_ALLOWED, 'Mutations need POST', {
              headers: { allow: 'POST' },
            });
          }
        },
      };
    },
  };
}

function hasIntrospection(document: DocumentNode): boolean {
  let isFound = false;
  visit(document, {
    Field: ({ name: { value } }) => {
      isFound ||= value === '__schema' || value === '__type';
    },
  });
  return isFound;
}

/** A subgraph's error keeps its message and extensions; an error of the gateway gets the shape of the contract. */
function formatError(
  formatted: GraphQLFormattedError,
  error: unknown,
  logger: Logger,
): GraphQLFormattedError {
  const given = error instanceof GraphQLError ? error.extensions : {};
  if (!('serviceName' in given)) return formatGraphQLError(formatted, error, logger);
  const { serviceName: _, exception: __, stacktrace: ___, ...extensions } = given;
  return {
    message: formatted.message,
    ...(formatted.path === undefined ? {} : { path: formatted.path }),
    extensions: {
      ...errorExtensions(platformErrors.INTERNAL_ERROR),
      ...extensions,
    },
  };
}

/** @apollo/gateway logs its start, and each failed fetch, which the gateway logs itself: both go to the debug level. */
function quiet(logger: Logger) {
  const say = (message?: unknown) => logger.debug(String(message));
  return {
    debug: say,
    info: say,
    warn: (message?: unknown) => logger.warn(String(message)),
    error: (message?: unknown) => logger.error(String(message)),
  };
}
