import type { RestRoute } from '../../platform/graphql/rest-table';

export const rest: RestRoute[] = [
  {
    method: 'POST',
    path: '/samples',
    summary: 'Create a sample',
    operation: 'mutation ($input: CreateSampleInput!) { createSample(input: $input) { id name createdAt } }',
    success: 201,
  },
];
