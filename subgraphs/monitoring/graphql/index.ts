import type { Subgraph } from '../../../platform/graphql/subgraph-schema';
import type { RequestContext } from '../../../platform/service';
import type { Logs } from '../logs/logs';
import { LogResolver } from './log.resolver';
import { ServiceResolver } from './service.resolver';
import { User } from './types';

export function subgraph({ startedAt, logs }: { startedAt: number; logs: Logs }): Subgraph<RequestContext> {
  return {
    resolvers: [new ServiceResolver({ startedAt }), new LogResolver(logs)],
    orphanedTypes: [User],
    references: { User: ({ id }) => ({ id }) },
  };
}
