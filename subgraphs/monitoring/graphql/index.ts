import type { Subgraph } from '../../../platform/graphql/subgraph-schema';
import type { RequestContext } from '../../../platform/service';
import type { Health } from '../health/health';
import type { Logs } from '../logs/logs';
import type { Dashboards } from '../series/dashboard';
import type { Traces } from '../traces/traces';
import { LogResolver } from './log.resolver';
import { ServiceResolver } from './service.resolver';
import { TraceResolver } from './trace.resolver';
import { User } from './types';
import { WatchResolver } from './watch.resolver';

export function subgraph({
  startedAt,
  logs,
  traces,
  health,
  dashboards,
}: {
  startedAt: number;
  logs: Logs;
  traces: Traces;
  health: Health;
  dashboards: Dashboards;
}): Subgraph<RequestContext> {
  return {
    resolvers: [
      new ServiceResolver({ startedAt }),
      new LogResolver(logs),
      new TraceResolver(traces, logs),
      new WatchResolver(health, dashboards),
    ],
    orphanedTypes: [User],
    references: {
      User: ({ id }) => ({ id }),
    },
  };
}
