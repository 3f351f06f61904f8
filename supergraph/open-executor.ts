import type { Logger } from '../platform/observability/logger';
import type { Spans } from '../platform/observability/spans';
import { type TraceContext, traceFacts } from '../platform/observability/tracing';
import { type GatewayConfig, switchTelemetryOff } from './config';
import type { FetchReport } from './execution/execution';
import { createExecutor } from './execution/executor';
import type { SubgraphMetrics } from './subgraph-metrics';
import type { SupergraphExecutor } from './supergraph-executor';
import type { ServiceCalls } from './traffic/service-calls';

/** Opens the executor that `EXECUTOR` names: the gateway's own one, or stock @apollo/gateway. */
export function openExecutor(
  config: GatewayConfig,
  supergraphSdl: string,
  /** Subgraph → URL of its GraphQL. */
  urls: ReadonlyMap<string, string>,
  calls: ServiceCalls,
  logger: Logger,
  metrics: SubgraphMetrics,
  spans?: Spans,
): SupergraphExecutor | Promise<SupergraphExecutor> {
  // A suggestion in a validation error reveals names of the schema, as introspection does.
  const hidesSuggestions = config.introspection !== 'on';
  if (config.executor === 'apollo') {
    switchTelemetryOff();
    // Loaded only here: it brings @apollo/server, the composition and its planner, some 40 MB.
    const { openStockExecutor } =
      require('./stock/stock-executor') as typeof import('./stock/stock-executor');
    return openStockExecutor({ supergraphSdl, calls, hidesSuggestions, logger });
  }
  return createExecutor({
    supergraphSdl,
    urls: Object.fromEntries(urls),
    planner: config.planner,
    limits: config.limits,
    unauthorized: config.unauthorizedFields,
    hidesSuggestions,
    calls,
    onFetch: report => {
      metrics.observe(report);
      if (spans !== undefined && report.trace !== undefined) recordCall(spans, report, report.trace);
      logFailedFetch(logger, report);
    },
    spanOf: spans && (parent => spans.clientSpan(parent)),
    onFault: error =>
      logger.error({ error }, 'an operation failed by a fault of ours, or fell back to the other planner'),
  });
}

/** Logs why a service gave no answer: the client only reads that there is none. */
function logFailedFetch(logger: Logger, { subgraph, outcome, cause, trace }: FetchReport): void {
  // A client that disconnects is no failure of the service. What was not sent is counted, and the breaker has logged the reason.
  if (['ok', 'errors', 'aborted', 'open', 'overloaded'].includes(outcome)) return;
  const error = new Error(`subgraph ${subgraph}`, { cause });
  logger.error(
    { error, outcome, ...(trace && traceFacts(trace)) },
    'a service that was needed did not answer',
  );
}

/** GraphQL errors in an answer are no failure of the call. */
function recordCall(
  spans: Spans,
  { subgraph, milliseconds, outcome, span }: FetchReport,
  trace: TraceContext,
): void {
  const error = outcome === 'ok' || outcome === 'errors' ? undefined : outcome;
  spans.client(subgraph, trace, milliseconds, error, span);
}
