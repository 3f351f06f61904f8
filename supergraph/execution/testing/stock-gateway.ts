import { ApolloGateway, type GraphQLDataSource } from '@apollo/gateway';
import { type DocumentNode, Kind, type OperationDefinitionNode, parse } from 'graphql';
import { ForwardedHeaders } from '../../transport/transport';
import type { Answer, LocalTransport } from './federation';

export interface StockGateway {
  ask(query: string, variables: Record<string, unknown>): Promise<Answer>;
  stop(): Promise<void>;
}

/** Execution as @apollo/gateway does it, over the same subgraphs in this process; without a server around it. */
export async function stockGateway(supergraphSdl: string, transport: LocalTransport): Promise<StockGateway> {
  process.env['APOLLO_TELEMETRY_DISABLED'] = '1';
  const silent = { debug() {}, info() {}, warn() {}, error() {} };
  const gateway = new ApolloGateway({
    supergraphSdl,
    logger: silent,
    buildService: ({ name }): GraphQLDataSource => ({
      async process({ request }) {
        const { body } = await transport.send({
          subgraph: name,
          url: '',
          body: JSON.stringify({ query: request.query, variables: request.variables }),
          headers: new ForwardedHeaders({}),
          isRead: true,
          fetch: {},
          timeoutMs: 10_000,
        });
        return JSON.parse(body.toString());
      },
    }),
  });
  const { executor, schema } = await gateway.load();
  return {
    async ask(query, variables) {
      const document: DocumentNode = parse(query);
      const operation = document.definitions.find(
        (d): d is OperationDefinitionNode => d.kind === Kind.OPERATION_DEFINITION,
      );
      const result = await executor({
        document,
        operation,
        operationName: null,
        request: { query, variables },
        // The plan cache's key.
        queryHash: query,
        source: query,
        schema,
        context: {},
        metrics: {},
        logger: silent,
        cache: { get: async () => undefined, set: async () => {}, delete: async () => true },
        overallCachePolicy: { restrict() {} },
      } as never);
      return JSON.parse(JSON.stringify(result)) as Answer;
    },
    stop: () => gateway.stop(),
  };
}
