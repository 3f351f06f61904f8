import type { RestRoute, StreamRoute } from '../../platform/graphql/rest-table';

export const rest: RestRoute[] = [
  {
    method: 'GET',
    path: '/metrics/logs',
    summary: 'Search the log entries of all services, the newest first',
    operation: `query ($service: String, $level: [LogLevel!], $from: DateTime, $to: DateTime, $text: String, $traceId: String,
      $metadataPath: String, $metadataValue: String, $first: Int = 20, $after: String) {
      logs(first: $first, after: $after, filter: { service: $service, levels: $level, from: $from, to: $to, text: $text,
        traceId: $traceId, metadataPath: $metadataPath, metadataValue: $metadataValue }) {
        items: nodes { id service level message timestamp metadata traceId } pageInfo { endCursor hasNextPage } }
    }`,
    success: 200,
  },
];

export const streams: StreamRoute[] = [
  {
    method: 'POST',
    path: '/metrics/logs',
    service: 'monitoring',
    target: '/logs',
    summary: 'Store log entries: one, a list, or one a line as NDJSON',
  },
];
