import type { GraphQLDataSource, GraphQLDataSourceProcessOptions } from '@apollo/gateway';
import type { GatewayGraphQLResponse } from '@apollo/server-gateway-interface';
import { GraphQLError, Kind, OperationTypeNode } from 'graphql';
import { unavailable } from '../../platform/errors';
import type { OperationSummary, RequestContext } from '../supergraph-executor';
import { assertEntities, readAnswer } from '../transport/subgraph-answer';
import { ForwardedHeaders, type Transport } from '../transport/transport';

/** Passed from the stock executor through @apollo/gateway to the subgraph sources. */
export interface StockContext {
  readonly request: RequestContext;
  /** Filled in once the operation is known. */
  readonly noted: { operation?: OperationSummary };
}

const message = 'A service that this needs cannot answer right now';

/**
 * Calls one subgraph for @apollo/gateway. Any failure is one SERVICE_UNAVAILABLE that names neither the subgraph nor its address; the
 * reason is in the error's cause, for the log.
 */
export class SubgraphSource implements GraphQLDataSource<StockContext> {
  constructor(
    private readonly name: string,
    private readonly url: string,
    private readonly transport: Transport,
    /** For the whole answer. */
    private readonly timeoutMs: number,
  ) {}

  async process(options: GraphQLDataSourceProcessOptions<StockContext>): Promise<GatewayGraphQLResponse> {
    const { query, variables, operationName } = options.request;
    const isIncoming = 'incomingRequestContext' in options;
    const context = isIncoming ? options.context.request : undefined;
    const isRead =
      isIncoming && options.incomingRequestContext.operation?.operation !== OperationTypeNode.MUTATION;
    try {
      const response = await this.transport.send({
        subgraph: this.name,
        url: this.url,
        body: JSON.stringify({ query, variables, operationName }),
        headers: new ForwardedHeaders(context?.headers ?? {}),
        isRead,
        fetch: this,
        timeoutMs: this.timeoutMs,
        // A mutation is not cancelled when its client disconnects.
        signal: isRead ? context?.signal : undefined,
      });
      const answer = readAnswer(response);
      const representations: unknown = variables?.['representations'];
      if (Array.isArray(representations)) assertEntities(answer, '_entities', representations.length);
      const { data, errors } = answer;
      return { data, ...(errors.length > 0 ? { errors } : {}) } as GatewayGraphQLResponse;
    } catch (cause) {
      throw new GraphQLError(message, {
        path: pathOf(options),
        originalError: unavailable(message, new Error(`subgraph ${this.name}`, { cause })),
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
