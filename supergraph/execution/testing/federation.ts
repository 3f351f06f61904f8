import { composeServices } from '@apollo/composition';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { execute, type GraphQLError, type GraphQLSchema, parse, validate } from 'graphql';
import type { RequestContext } from '../../supergraph-executor';
import { ServiceCalls } from '../../traffic/service-calls';
import type { SubgraphRequest, SubgraphResponse, Transport } from '../../transport/transport';
import { type CompiledExecutor, createExecutor, type ExecutorOptions } from '../executor';

type Resolver = (parent: never, args: never, context: never, info: never) => unknown;
export type Resolvers = Record<string, Record<string, Resolver>>;

export interface SubgraphSource {
  readonly typeDefs: string;
  readonly resolvers?: Resolvers;
  /** Has no `@link`: composition and the subgraph library read it as Federation 1. */
  readonly isFederation1?: boolean;
}

const imports =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key","@requires","@external","@shareable","@interfaceObject","@provides","@authenticated","@requiresScopes","@policy","@cost","@listSize","@inaccessible","@tag","@override","@extends","@composeDirective","@context","@fromContext"])\n';

export function compose(subgraphs: Readonly<Record<string, SubgraphSource>>): string {
  const result = composeServices(
    Object.entries(subgraphs).map(([name, source]) => ({
      name,
      url: `http://${name}.internal:4000/graphql`,
      typeDefs: parse(typeDefsOf(source)),
    })),
  );
  if (!result.supergraphSdl) throw new Error(result.errors?.map(e => e.message).join('\n'));
  return result.supergraphSdl;
}

function typeDefsOf({ typeDefs, isFederation1 }: SubgraphSource): string {
  return isFederation1 || typeDefs.includes('@link(') ? typeDefs : imports + typeDefs;
}

/** One call as a subgraph saw it. */
export interface Call {
  readonly subgraph: string;
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
}

/** Subgraphs in this process: graphql-js over each subgraph's own schema, no network. */
export class LocalTransport implements Transport {
  readonly calls: Call[] = [];
  readonly schemas = new Map<string, GraphQLSchema>();
  /** Replaces the answer of a subgraph; for faults. */
  intercept: ((request: SubgraphRequest) => Promise<SubgraphResponse> | undefined) | undefined;

  constructor(subgraphs: Readonly<Record<string, SubgraphSource>>) {
    for (const [name, source] of Object.entries(subgraphs)) {
      this.schemas.set(
        name,
        buildSubgraphSchema({
          typeDefs: parse(typeDefsOf(source)),
          resolvers: (source.resolvers ?? {}) as never,
        }),
      );
    }
  }

  async send(request: SubgraphRequest): Promise<SubgraphResponse> {
    const { query, variables = {} } = JSON.parse(request.body) as {
      query: string;
      variables?: Record<string, unknown>;
    };
    this.calls.push({
      subgraph: request.subgraph,
      query,
      variables,
      headers: Object.fromEntries(request.headers.entries),
    });
    const replaced = this.intercept?.(request);
    if (replaced) return replaced;
    const schema = this.schemas.get(request.subgraph);
    if (!schema) throw new Error(`No subgraph ${request.subgraph}`);
    const document = parse(query);
    const errors: readonly GraphQLError[] = validate(schema, document);
    const result =
      errors.length > 0
        ? { errors }
        : await execute({ schema, document, variableValues: variables, contextValue: {} });
    return { status: 200, body: Buffer.from(JSON.stringify(result)) };
  }

  async close(): Promise<void> {}
}

export interface Federation {
  readonly executor: CompiledExecutor;
  readonly transport: LocalTransport;
  readonly supergraphSdl: string;
  ask(query: string, variables?: Record<string, unknown>, context?: Partial<RequestContext>): Promise<Answer>;
}

export interface Answer {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: {
    readonly message: string;
    readonly path?: (string | number)[];
    readonly extensions: Record<string, unknown>;
  }[];
  readonly extensions?: Record<string, unknown>;
}

export function federate(
  subgraphs: Readonly<Record<string, SubgraphSource>>,
  options: Partial<ExecutorOptions> = {},
): Federation {
  const supergraphSdl = options.supergraphSdl ?? compose(subgraphs);
  const transport = new LocalTransport(subgraphs);
  const executor = createExecutor({
    calls: new ServiceCalls({ transport, urls: { get: () => 'http://local' } }),
    plansInProcess: true,
    ...options,
    supergraphSdl,
  });
  return {
    executor,
    transport,
    supergraphSdl,
    async ask(query, variables, context) {
      const result = await executor.execute(
        { query, variables },
        { identity: 'anonymous', headers: {}, ...context },
      );
      return JSON.parse(result.body.toString()) as Answer;
    },
  };
}
