import type { Subgraph } from '../../../platform/graphql/subgraph-schema';
import type { RequestContext } from '../../../platform/service';
import type { Logs } from '../logs/logs';
import type { Traces } from '../traces/traces';
import { LogResolver } from './log.resolver';
import { ServiceResolver } from './service.resolver';
import { TraceResolver } from './trace.resolver';
import { User } from './types';

export function subgraph({
  startedAt,
  logs,
  traces,
}: {
  startedAt: number;
  logs: Logs;
  traces: Traces;
}): Subgraph<RequestContext> {
  return {
    resolvers: [new ServiceResolver({ startedAt }), new LogResolver(logs), new TraceResolver(traces, logs)],
    orphanedTypes: [User],
    references: { User: ({ id }) => ({ id }) },
  };
}
