import type { GraphQLDataSource, GraphQLDataSourceProcessOptions } from '@apollo/gateway';
import type { GatewayGraphQLResponse } from '@apollo/server-gateway-interface';
import { GraphQLError, Kind, OperationTypeNode } from 'graphql';
import { unavailable } from '../../platform/errors';
import { unavailableMessage } from '../errors';
import type { OperationSummary, RequestContext } from '../supergraph-executor';
import type { ServiceCalls } from '../traffic/service-calls';
import { assertEntities, readAnswer } from '../transport/subgraph-answer';
import { ForwardedHeaders } from '../transport/transport';

/** Passed from the stock executor through @apollo/gateway to the subgraph sources. */
export interface StockContext {
  readonly request: RequestContext;
  /** When the operation’s time is over, on the clock of `performance.now()`. */
  readonly deadline: number;
  /** Filled in once the operation is known. */
  readonly noted: { operation?: OperationSummary };
}

/**
 * Calls one subgraph for @apollo/gateway. Any failure is one SERVICE_UNAVAILABLE that names the subgraph and not its address; the
 * reason is in the error's cause, for the log.
 */
export class SubgraphSource implements GraphQLDataSource<StockContext> {
  constructor(
    private readonly name: string,
    private readonly calls: ServiceCalls,
  ) {}

  async process(options: GraphQLDataSourceProcessOptions<StockContext>): Promise<GatewayGraphQLResponse> {
    const { query, variables, operationName } = options.request;
    const isIncoming = 'incomingRequestContext' in options;
    const { request: context, deadline = Number.POSITIVE_INFINITY } = isIncoming
      ? options.context
      : { request: undefined };
    const isRead =
      isIncoming && options.incomingRequestContext.operation?.operation !== OperationTypeNode.MUTATION;
    try {
      const { data, errors } = await this.calls.call(
        {
          subgraph: this.name,
          body: JSON.stringify({ query, variables, operationName }),
          headers: new ForwardedHeaders(context?.headers ?? {}),
          isRead,
          fetch: this,
          deadline,
          // A mutation is not cancelled when its client disconnects.
          signal: isRead ? context?.signal : undefined,
        },
        response => {
          const answer = readAnswer(response);
          const representations: unknown = variables?.['representations'];
          if (Array.isArray(representations)) assertEntities(answer, '_entities', representations.length);
          return answer;
        },
      );
      return { data, ...(errors.length > 0 ? { errors } : {}) } as GatewayGraphQLResponse;
    } catch (cause) {
      const message = unavailableMessage(this.name);
      const { retryAfterSeconds, ...details } = this.calls.unavailable(this.name);
      throw new GraphQLError(message, {
        path: pathOf(options),
        originalError: unavailable(
          message,
          new Error(`subgraph ${this.name}`, { cause }),
          retryAfterSeconds,
          { ...details, retryAfterSeconds },
        ),
      });
    }
  }
}

/** The path of the missing data in the client's answer: the name of a root field, or the list of missing items. */
function pathOf(options: GraphQLDataSourceProcessOptions<StockContext>): string[] {
  if (!('pathInIncomingRequest' in options)) return [];
  const path = (options.pathInIncomingRequest ?? []).filter(step => step !== '@').map(String);
  if (path.length > 0) return path;
  const operation = options.document?.definitions.find(one => one.kind === Kind.OPERATION_DEFINITION);
  const root = operation?.selectionSet.selections[0];
  return root?.kind === Kind.FIELD ? [root.alias?.value ?? root.name.value] : [];
}
