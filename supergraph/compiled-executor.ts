import type { Caller as PlatformCaller } from '../platform/caller';
import type { Logger } from '../platform/logger';
import { createExecutor } from './executor/executor';
import type { PlannerName } from './executor/planner';
import { ServiceTransport } from './executor/transport/service-transport';
import type { ExecutionResult, GraphQLRequest, RequestContext, SupergraphExecutor } from './executor-seam';

export interface CompiledExecutorOptions {
  readonly supergraphSdl: string;
  /** Subgraph → its GraphQL URL, instead of the supergraph file's. */
  readonly urls: Readonly<Record<string, string>>;
  readonly planner: PlannerName;
  readonly timeoutMs: number;
  readonly maxResponseBytes?: number | undefined;
  readonly logger: Logger;
}

/** Runs operations by our own executor: each is planned and compiled once, then answered without graphql-js. */
export function openCompiledExecutor(options: CompiledExecutorOptions): SupergraphExecutor {
  const { logger, timeoutMs } = options;
  const limits = { maxResponseBytes: options.maxResponseBytes ?? 10 * 1024 * 1024 };
  const transport = new ServiceTransport({ undici: limits, pipelined: limits });
  const executor = createExecutor({
    supergraphSdl: options.supergraphSdl,
    urls: options.urls,
    planner: options.planner,
    timeoutMs,
    transport,
    onPlannerFallback: error =>
      logger.error({ error }, 'an operation failed by a fault of ours, or fell back to the other planner'),
  });
  return {
    apiSchema: executor.apiSchema,
    async execute(request: GraphQLRequest, context: RequestContext): Promise<ExecutionResult> {
      return executor.execute(request, { ...context, caller: rightsOf(context.caller) });
    },
    async close() {
      await executor.close();
      await transport.close();
    },
  };
}

const rights = new WeakMap<PlatformCaller, ReturnType<typeof makeRights>>();

/** The caller as access directives ask of it; kept as long as the caller. */
function rightsOf(caller: PlatformCaller) {
  let known = rights.get(caller);
  if (known === undefined) {
    known = makeRights(caller);
    rights.set(caller, known);
  }
  return known;
}

function makeRights(caller: PlatformCaller) {
  return {
    isAuthenticated: caller.kind !== 'anonymous',
    scopes: new Set(caller.permissions),
    policies: new Set<string>(),
  };
}
