import type { Logger } from '../../platform/observability/logger';
import { traceFacts } from '../../platform/observability/tracing';
import type { OperationLimits } from '../operations/limits';
import type { PlannerName } from '../planning/planner';
import type { SupergraphExecutor } from '../supergraph-executor';
import { ServiceTransport } from '../transport/service-transport';
import { createExecutor } from './executor';
import type { FetchReport } from './fetch';

export interface CompiledExecutorOptions {
  readonly supergraphSdl: string;
  /** Subgraph → its GraphQL URL, instead of the supergraph file's. */
  readonly urls: Readonly<Record<string, string>>;
  readonly planner: PlannerName;
  readonly limits: OperationLimits;
  readonly unauthorizedFields: 'null' | 'reject';
  readonly batchesEntities: boolean;
  /** Whether a wrong name is only called wrong. */
  readonly hidesSuggestions: boolean;
  readonly timeoutMs: number;
  readonly maxResponseBytes?: number | undefined;
  readonly logger: Logger;
}

/** Runs operations by our own executor: each is planned and compiled once, then answered without graphql-js. */
export function openCompiledExecutor(options: CompiledExecutorOptions): SupergraphExecutor {
  const { logger } = options;
  const sizes = { maxResponseBytes: options.maxResponseBytes ?? 10 * 1024 * 1024 };
  const transport = new ServiceTransport({ undici: sizes, pipelined: sizes });
  return createExecutor({
    supergraphSdl: options.supergraphSdl,
    urls: options.urls,
    planner: options.planner,
    limits: options.limits,
    unauthorized: options.unauthorizedFields,
    batchesEntities: options.batchesEntities,
    hidesSuggestions: options.hidesSuggestions,
    timeoutMs: options.timeoutMs,
    transport,
    onFetch: report => logFailure(logger, report),
    onPlannerFallback: error =>
      logger.error({ error }, 'an operation failed by a fault of ours, or fell back to the other planner'),
  });
}

/** Why a service gave no answer, for the log alone: the client is told that there is none. */
function logFailure(logger: Logger, { subgraph, outcome, cause, trace }: FetchReport): void {
  // A client that went away is no failure of the service's.
  if (outcome === 'ok' || outcome === 'errors' || outcome === 'aborted') return;
  const error = new Error(`subgraph ${subgraph}`, { cause });
  logger.error(
    { error, outcome, ...(trace && traceFacts(trace)) },
    'a service that was needed did not answer',
  );
}
