import type { Subgraph } from '../../../platform/graphql/subgraph-schema';
import type { RequestContext } from '../../../platform/service';
import type { Health } from '../health/health';
import type { Logs } from '../logs/logs';
import type { Dashboards } from '../series/dashboard';
import { LogResolver } from './log.resolver';
import { ServiceResolver } from './service.resolver';
import { User } from './types';
import { WatchResolver } from './watch.resolver';

export function subgraph({
  startedAt,
  logs,
  health,
  dashboards,
}: {
  startedAt: number;
  logs: Logs;
  health: Health;
  dashboards: Dashboards;
}): Subgraph<RequestContext> {
  return {
    resolvers: [
      new ServiceResolver({ startedAt }),
      new LogResolver(logs),
      new WatchResolver(health, dashboards),
    ],
    orphanedTypes: [User],
    references: {
      User: ({ id }) => ({ id }),
    },
  };
}
