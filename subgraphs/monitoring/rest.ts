import type { RestRoute, StreamRoute } from '../../platform/graphql/rest-table';
import { maxBody } from './http/ingest-route';

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
  {
    method: 'GET',
    path: '/metrics/health/services',
    summary: 'The health of the gateway and of every service',
    operation: 'query { services { service: name status lastCheck responseTime errorCount } }',
    success: 200,
  },
  {
    method: 'GET',
    path: '/metrics/alerts',
    summary: 'Alerts, the newest first',
    operation: `query ($state: [AlertState!], $service: String, $first: Int = 20, $after: String) {
      alerts(first: $first, after: $after, filter: { states: $state, service: $service }) {
        items: nodes { id ruleId name severity service state value pendingSince firingSince resolvedAt acknowledgedBy acknowledgedAt }
        pageInfo { endCursor hasNextPage } }
    }`,
    success: 200,
  },
  {
    method: 'POST',
    path: '/metrics/alerts',
    summary: 'Make an alert rule',
    operation: `mutation ($input: CreateAlertRuleInput!) { createAlertRule(input: $input) {
      id name condition for keepFiringFor severity noData notify isEnabled source updatedAt version
    } }`,
    success: 201,
  },
  {
    method: 'GET',
    path: '/metrics/dashboard/data',
    summary: 'Request rates, errors, latency and health of all services over a range such as 15m, 6h or 7d',
    operation: `query ($range: String = "1h") { dashboard(range: $range) {
      from to step
      services {
        service { name status since lastCheck responseTime error errorCount uptime { day week month } }
        requests { requestRate errorRate p50 p95 p99 }
        points { at requestRate errorRate p50 p95 p99 }
        health { at ok failed }
        metrics { metric value }
      }
      alerts { id ruleId name severity service state value pendingSince firingSince acknowledgedBy }
      recentErrors { id service level message timestamp metadata traceId }
    } }`,
    success: 200,
  },
];

export const streams: StreamRoute[] = [
  {
    method: 'POST',
    path: '/metrics/logs',
    service: 'monitoring',
    target: '/logs',
    maxBytes: maxBody,
    summary: 'Store log entries: one, a list, or one a line as NDJSON',
  },
];
