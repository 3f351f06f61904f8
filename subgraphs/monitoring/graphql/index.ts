import type { Subgraph } from '../../../platform/graphql/subgraph-schema';
import type { RequestContext } from '../../../platform/service';
import { ServiceResolver } from './service.resolver';
import { User } from './types';

export function subgraph(service: { startedAt: number }): Subgraph<RequestContext> {
  return {
    resolvers: [new ServiceResolver(service)],
    orphanedTypes: [User],
    references: { User: ({ id }) => ({ id }) },
  };
}
