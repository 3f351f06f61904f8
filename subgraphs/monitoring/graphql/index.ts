import type { LivePubSub } from '../../../platform/events/live-updates';
import type { Subgraph } from '../../../platform/graphql/subgraph-schema';
import type { RequestContext } from '../../../platform/service';
import type { AlertRules } from '../alerts/alert-rules';
import type { Alerts } from '../alerts/alerts';
import type { Silences } from '../alerts/silences';
import type { Health } from '../health/health';
import type { LogTail } from '../logs/log-tail';
import type { Logs } from '../logs/logs';
import type { Dashboards } from '../series/dashboard';
import type { Traces } from '../traces/traces';
import { AlertResolver, DashboardAlertResolver } from './alert.resolver';
import { LogResolver } from './log.resolver';
import { ServiceResolver } from './service.resolver';
import { TraceResolver } from './trace.resolver';
import { User } from './types';
import { WatchResolver } from './watch.resolver';

export function subgraph({
  startedAt,
  logs,
  tail,
  traces,
  health,
  dashboards,
  rules,
  alerts,
  silences,
  pubSub,
}: {
  startedAt: number;
  logs: Logs;
  tail: LogTail;
  traces: Traces;
  health: Health;
  dashboards: Dashboards;
  rules: AlertRules;
  alerts: Alerts;
  silences: Silences;
  pubSub: LivePubSub;
}): Subgraph<RequestContext> {
  return {
    resolvers: [
      new ServiceResolver({ startedAt }),
      new LogResolver(logs, tail),
      new TraceResolver(traces, logs),
      new WatchResolver(health, dashboards),
      new AlertResolver(rules, alerts, silences),
      new DashboardAlertResolver(alerts),
    ],
    pubSub,
    orphanedTypes: [User],
    references: {
      User: ({ id }) => ({ id }),
    },
  };
}
