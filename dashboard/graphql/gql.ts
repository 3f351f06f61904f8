/* eslint-disable */
import * as types from './graphql';

/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
  'query DashboardOperator {\n  me {\n    username\n    permissions\n  }\n}\n\nquery DashboardLogs($first: Int!, $after: String, $filter: LogFilter) {\n  logs(first: $first, after: $after, filter: $filter) {\n    nodes {\n      ...DashboardLogEntry\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n  }\n}\n\nfragment DashboardLogEntry on LogEntry {\n  id\n  service\n  level\n  message\n  timestamp\n  metadata\n  traceId\n}': typeof types.DashboardOperatorDocument;
};
const documents: Documents = {
  'query DashboardOperator {\n  me {\n    username\n    permissions\n  }\n}\n\nquery DashboardLogs($first: Int!, $after: String, $filter: LogFilter) {\n  logs(first: $first, after: $after, filter: $filter) {\n    nodes {\n      ...DashboardLogEntry\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n  }\n}\n\nfragment DashboardLogEntry on LogEntry {\n  id\n  service\n  level\n  message\n  timestamp\n  metadata\n  traceId\n}':
    types.DashboardOperatorDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(
  source: 'query DashboardOperator {\n  me {\n    username\n    permissions\n  }\n}\n\nquery DashboardLogs($first: Int!, $after: String, $filter: LogFilter) {\n  logs(first: $first, after: $after, filter: $filter) {\n    nodes {\n      ...DashboardLogEntry\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n  }\n}\n\nfragment DashboardLogEntry on LogEntry {\n  id\n  service\n  level\n  message\n  timestamp\n  metadata\n  traceId\n}',
): typeof import('./graphql').DashboardOperatorDocument;

export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}
