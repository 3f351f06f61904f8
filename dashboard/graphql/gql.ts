/* eslint-disable */
import * as types from './graphql';
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';

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
    "query DashboardOverview($range: String!) {\n  dashboard(range: $range) {\n    from\n    to\n    step\n    services {\n      ...DashboardService\n    }\n    recentErrors {\n      ...DashboardLogEntry\n    }\n  }\n}\n\nfragment DashboardService on ServiceDashboard {\n  service {\n    name\n    status\n    since\n    lastCheck\n    responseTime\n    error\n    errorCount\n    uptime {\n      day\n      week\n      month\n    }\n  }\n  requests {\n    requestRate\n    errorRate\n    p50\n    p95\n    p99\n  }\n  points {\n    at\n    requestRate\n    errorRate\n    p50\n    p95\n    p99\n  }\n  health {\n    at\n    ok\n    failed\n  }\n  metrics {\n    metric\n    value\n  }\n}\n\nquery DashboardLogs($first: Int!, $filter: LogFilter) {\n  logs(first: $first, filter: $filter) {\n    nodes {\n      ...DashboardLogEntry\n    }\n  }\n}\n\nfragment DashboardLogEntry on LogEntry {\n  id\n  service\n  level\n  message\n  timestamp\n  metadata\n  traceId\n}\n\nquery DashboardTrace($id: ID!) {\n  trace(id: $id) {\n    id\n    isTruncated\n    spans {\n      id\n      parentId\n      service\n      name\n      kind\n      startedAt\n      offsetMs\n      durationMs\n      isError\n      attributes\n    }\n    logs(first: 100) {\n      nodes {\n        ...DashboardLogEntry\n      }\n    }\n  }\n}\n\nquery DashboardGraph {\n  gateway {\n    schema {\n      hash\n      servedSince\n      refused {\n        subgraph\n        errors\n      }\n    }\n    services {\n      name\n      entities\n      inFlight\n      maxConcurrent\n      instances {\n        id\n        url\n        version\n        isReady\n        outstanding\n        breaker\n      }\n    }\n  }\n}": typeof types.DashboardOverviewDocument,
};
const documents: Documents = {
    "query DashboardOverview($range: String!) {\n  dashboard(range: $range) {\n    from\n    to\n    step\n    services {\n      ...DashboardService\n    }\n    recentErrors {\n      ...DashboardLogEntry\n    }\n  }\n}\n\nfragment DashboardService on ServiceDashboard {\n  service {\n    name\n    status\n    since\n    lastCheck\n    responseTime\n    error\n    errorCount\n    uptime {\n      day\n      week\n      month\n    }\n  }\n  requests {\n    requestRate\n    errorRate\n    p50\n    p95\n    p99\n  }\n  points {\n    at\n    requestRate\n    errorRate\n    p50\n    p95\n    p99\n  }\n  health {\n    at\n    ok\n    failed\n  }\n  metrics {\n    metric\n    value\n  }\n}\n\nquery DashboardLogs($first: Int!, $filter: LogFilter) {\n  logs(first: $first, filter: $filter) {\n    nodes {\n      ...DashboardLogEntry\n    }\n  }\n}\n\nfragment DashboardLogEntry on LogEntry {\n  id\n  service\n  level\n  message\n  timestamp\n  metadata\n  traceId\n}\n\nquery DashboardTrace($id: ID!) {\n  trace(id: $id) {\n    id\n    isTruncated\n    spans {\n      id\n      parentId\n      service\n      name\n      kind\n      startedAt\n      offsetMs\n      durationMs\n      isError\n      attributes\n    }\n    logs(first: 100) {\n      nodes {\n        ...DashboardLogEntry\n      }\n    }\n  }\n}\n\nquery DashboardGraph {\n  gateway {\n    schema {\n      hash\n      servedSince\n      refused {\n        subgraph\n        errors\n      }\n    }\n    services {\n      name\n      entities\n      inFlight\n      maxConcurrent\n      instances {\n        id\n        url\n        version\n        isReady\n        outstanding\n        breaker\n      }\n    }\n  }\n}": types.DashboardOverviewDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 *
 *
 * @example
 * ```ts
 * const query = graphql(`query GetUser($id: ID!) { user(id: $id) { name } }`);
 * ```
 *
 * The query argument is unknown!
 * Please regenerate the types.
 */
export function graphql(source: string): unknown;

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query DashboardOverview($range: String!) {\n  dashboard(range: $range) {\n    from\n    to\n    step\n    services {\n      ...DashboardService\n    }\n    recentErrors {\n      ...DashboardLogEntry\n    }\n  }\n}\n\nfragment DashboardService on ServiceDashboard {\n  service {\n    name\n    status\n    since\n    lastCheck\n    responseTime\n    error\n    errorCount\n    uptime {\n      day\n      week\n      month\n    }\n  }\n  requests {\n    requestRate\n    errorRate\n    p50\n    p95\n    p99\n  }\n  points {\n    at\n    requestRate\n    errorRate\n    p50\n    p95\n    p99\n  }\n  health {\n    at\n    ok\n    failed\n  }\n  metrics {\n    metric\n    value\n  }\n}\n\nquery DashboardLogs($first: Int!, $filter: LogFilter) {\n  logs(first: $first, filter: $filter) {\n    nodes {\n      ...DashboardLogEntry\n    }\n  }\n}\n\nfragment DashboardLogEntry on LogEntry {\n  id\n  service\n  level\n  message\n  timestamp\n  metadata\n  traceId\n}\n\nquery DashboardTrace($id: ID!) {\n  trace(id: $id) {\n    id\n    isTruncated\n    spans {\n      id\n      parentId\n      service\n      name\n      kind\n      startedAt\n      offsetMs\n      durationMs\n      isError\n      attributes\n    }\n    logs(first: 100) {\n      nodes {\n        ...DashboardLogEntry\n      }\n    }\n  }\n}\n\nquery DashboardGraph {\n  gateway {\n    schema {\n      hash\n      servedSince\n      refused {\n        subgraph\n        errors\n      }\n    }\n    services {\n      name\n      entities\n      inFlight\n      maxConcurrent\n      instances {\n        id\n        url\n        version\n        isReady\n        outstanding\n        breaker\n      }\n    }\n  }\n}"): (typeof documents)["query DashboardOverview($range: String!) {\n  dashboard(range: $range) {\n    from\n    to\n    step\n    services {\n      ...DashboardService\n    }\n    recentErrors {\n      ...DashboardLogEntry\n    }\n  }\n}\n\nfragment DashboardService on ServiceDashboard {\n  service {\n    name\n    status\n    since\n    lastCheck\n    responseTime\n    error\n    errorCount\n    uptime {\n      day\n      week\n      month\n    }\n  }\n  requests {\n    requestRate\n    errorRate\n    p50\n    p95\n    p99\n  }\n  points {\n    at\n    requestRate\n    errorRate\n    p50\n    p95\n    p99\n  }\n  health {\n    at\n    ok\n    failed\n  }\n  metrics {\n    metric\n    value\n  }\n}\n\nquery DashboardLogs($first: Int!, $filter: LogFilter) {\n  logs(first: $first, filter: $filter) {\n    nodes {\n      ...DashboardLogEntry\n    }\n  }\n}\n\nfragment DashboardLogEntry on LogEntry {\n  id\n  service\n  level\n  message\n  timestamp\n  metadata\n  traceId\n}\n\nquery DashboardTrace($id: ID!) {\n  trace(id: $id) {\n    id\n    isTruncated\n    spans {\n      id\n      parentId\n      service\n      name\n      kind\n      startedAt\n      offsetMs\n      durationMs\n      isError\n      attributes\n    }\n    logs(first: 100) {\n      nodes {\n        ...DashboardLogEntry\n      }\n    }\n  }\n}\n\nquery DashboardGraph {\n  gateway {\n    schema {\n      hash\n      servedSince\n      refused {\n        subgraph\n        errors\n      }\n    }\n    services {\n      name\n      entities\n      inFlight\n      maxConcurrent\n      instances {\n        id\n        url\n        version\n        isReady\n        outstanding\n        breaker\n      }\n    }\n  }\n}"];

export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}

export type DocumentType<TDocumentNode extends DocumentNode<any, any>> = TDocumentNode extends DocumentNode<  infer TType,  any>  ? TType  : never;