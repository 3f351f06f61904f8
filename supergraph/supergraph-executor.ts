import type { GraphQLSchema } from 'graphql';
import type { CancelSignal } from '../platform/http/cancellation';
import type { TraceContext } from '../platform/observability/tracing';
import type { Rights } from './operations/access';

/**
 * The seam between the door and whatever runs operations: a GraphQL request and what is known of who sends it go in, a
 * serialised answer comes out. HTTP is not known behind it, and query plans are not known before it.
 */
export interface SupergraphExecutor {
  /** Answers one request. Never rejects: a fault of ours is an answer too. */
  execute(request: GraphQLRequest, context: RequestContext): Promise<ExecutionResult>;
  readonly apiSchema: GraphQLSchema;
  close(): Promise<void>;
}

export interface GraphQLRequest {
  readonly query?: string | undefined;
  readonly operationName?: string | null | undefined;
  readonly variables?: Record<string, unknown> | null | undefined;
  readonly extensions?: Record<string, unknown> | null | undefined;
}

/** What the door knows about one request. */
export interface RequestContext {
  /** Whose request it is: equal for one caller only. */
  readonly identity: string;
  /** What access directives ask of the caller; nobody's rights when undefined. */
  readonly rights?: Rights | undefined;
  /** Headers that go along to every subgraph. */
  readonly headers: Readonly<Record<string, string>>;
  /** Aborted when the client goes away. A mutation goes on all the same. */
  readonly signal?: CancelSignal | undefined;
  /** Milliseconds from now after which no subgraph is asked any more; no end when undefined. */
  readonly timeoutMs?: number | undefined;
  /** False for GET: https://graphql.github.io/graphql-over-http/draft/#sec-GET. */
  readonly isMutationAllowed?: boolean | undefined;
  readonly isIntrospectionAllowed?: boolean | undefined;
  /** Adds the operation's cost to the answer's extensions, where it is counted. */
  readonly wantsCost?: boolean | undefined;
  readonly trace?: TraceContext | undefined;
}

export interface ExecutionResult {
  /** The response, serialised. */
  readonly body: string | Buffer;
  /** Why nothing was executed; undefined when something was, errors in it or not. */
  readonly failure: string | undefined;
  /** The status of the HTTP answer where there was a failure. */
  readonly status: number;
  /** The `extensions.code` of the errors, of the first ten at most, for logs and metrics. */
  readonly errorCodes: readonly string[];
  readonly operation: OperationSummary | undefined;
}

export interface OperationSummary {
  readonly name: string | undefined;
  readonly type: 'query' | 'mutation' | 'subscription';
}
