import type { Subgraph } from '../../../platform/graphql/subgraph-schema';
import type { SamplesContext } from '../loaders';
import type { Samples } from '../samples';
import { SampleResolver, sampleOf } from './sample.resolver';

export function subgraph({ samples }: { samples: Samples }): Subgraph<SamplesContext> {
  return {
    resolvers: [new SampleResolver(samples)],
    references: {
      User: ({ id }) => ({ id }),
      Sample: async ({ id }, { caller }) => {
        const row = await samples.find(caller, id);
        return row && sampleOf(row);
      },
    },
  };
}
