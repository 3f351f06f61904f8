import type { GraphQLSchema } from 'graphql';
import type { CancelSignal } from '../platform/http/cancellation';
import type { TraceContext } from '../platform/observability/tracing';

/** The rights of one caller that access directives require. */
export interface Rights {
  readonly isAuthenticated: boolean;
  /** Permissions of the caller; one that ends in a wildcard includes every scope it covers. */
  readonly scopes: ReadonlySet<string>;
  /** The policies that hold for this request. */
  readonly policies: ReadonlySet<string>;
}

export const noRights: Rights = { isAuthenticated: false, scopes: new Set(), policies: new Set() };

/**
 * Runs operations: takes a GraphQL request with its caller and returns a serialised answer. An executor knows no HTTP, and its users know
 * no query plans.
 */
export interface SupergraphExecutor {
  /** Answers one request. Never rejects: an internal error is an answer too. */
  execute(request: GraphQLRequest, context: RequestContext): Promise<ExecutionResult>;
  readonly apiSchema: GraphQLSchema;
  /** Mutations that take no caller. */
  readonly anonymousMutations: ReadonlySet<string>;
  close(): Promise<void>;
}

export interface GraphQLRequest {
  readonly query?: string | undefined;
  /** The id of a persisted operation, instead of its text. */
  readonly documentId?: string | undefined;
  readonly operationName?: string | null | undefined;
  readonly variables?: Record<string, unknown> | null | undefined;
  readonly extensions?: Record<string, unknown> | null | undefined;
}

/** One request as the executor sees it. */
export interface RequestContext {
  /** Identifies the caller: no two callers have the same. */
  readonly identity: string;
  /** `noRights` when undefined. */
  readonly rights?: Rights | undefined;
  /** Headers that are forwarded to every subgraph. */
  readonly headers: Readonly<Record<string, string>>;
  /** Aborted when the client disconnects. A mutation is not cancelled. */
  readonly signal?: CancelSignal | undefined;
  /** Milliseconds from now after which no subgraph is called; no limit when undefined. */
  readonly timeoutMs?: number | undefined;
  /** False for GET: https://graphql.github.io/graphql-over-http/draft/#sec-GET. */
  readonly isMutationAllowed?: boolean | undefined;
  readonly isIntrospectionAllowed?: boolean | undefined;
  /** Adds the operation's cost to the answer's extensions, where the executor computes it. */
  readonly wantsCost?: boolean | undefined;
  readonly trace?: TraceContext | undefined;
  /** What the client may still spend; no limit when undefined. */
  readonly budget?: OperationBudget | undefined;
}

/** The rate limit of a client. An executor spends the price of each operation before it calls a service. */
export interface OperationBudget {
  /**
   * @param cost of the operation (`operations/cost.ts`); 0 where it is not computed
   * @param isCredential whether the operation uses a credential, such as `login`
   * @returns a promise where Redis has to be asked. @throws RequestError RATE_LIMITED
   */
  spend(cost: number, isCredential: boolean): Promise<void> | undefined;
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
