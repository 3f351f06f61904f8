import type { ServiceHealth } from '../health/health';
import type { StoredLog } from '../logs/log-entry';
import { levelName } from '../logs/log-entry';
import type { Dashboard as DashboardData } from '../series/dashboard';
import type { AlertRow, AlertRuleRow, HealthChangeRow, SilenceRow } from '../tables';
import type { Trace as StoredTrace } from '../traces/traces';
import type {
  Alert,
  AlertNoData,
  AlertRule,
  AlertRuleSource,
  AlertSeverity,
  AlertState,
  Silence,
} from './alert.types';
import type { LogEntry, LogEntryInput, LogLevel } from './log.types';
import type { SpanKind, Trace } from './trace.types';
import type { Dashboard, HealthChange, Service, ServiceStatus } from './watch.types';

export function logEntryOf(row: StoredLog): LogEntry {
  const { timestamp, position, service, level, message, metadata, traceId } = row;
  return {
    id: `${timestamp.toString(36)}-${position.toString(36)}`,
    service,
    level: levelName(level) as LogLevel,
    message,
    timestamp: new Date(timestamp),
    metadata: metadata === null ? null : (JSON.parse(metadata) as Record<string, unknown>),
    traceId,
  };
}

/** The entries as the body of `POST /logs`. */
export function entryBody(entries: readonly LogEntryInput[]): Uint8Array {
  const lines = entries.map(({ traceId, ...entry }) => ({ ...entry, trace_id: traceId }));
  return new Uint8Array(Buffer.from(JSON.stringify(lines), 'utf8'));
}

export function serviceOf(health: ServiceHealth): Service {
  const { since, lastCheck, responseMs, status, ...rest } = health;
  return {
    ...rest,
    status: status as ServiceStatus,
    since: dateOf(since),
    lastCheck: dateOf(lastCheck),
    responseTime: responseMs,
  };
}

export function healthChangeOf({ status, at, error }: HealthChangeRow): HealthChange {
  return { status: status as ServiceStatus, at: new Date(at), error };
}

export function dashboardOf({ from, to, step, services, recentErrors }: DashboardData): Dashboard {
  return {
    from: new Date(from),
    to: new Date(to),
    step,
    services: services.map(({ health, strip, requests, points, metrics }) => ({
      service: serviceOf(health),
      requests,
      points: points.map(point => ({ ...point, at: new Date(point.at) })),
      health: strip.map(({ at, ok, failed }) => ({ at: new Date(at), ok, failed })),
      metrics,
    })),
    recentErrors: recentErrors?.map(logEntryOf) ?? null,
  };
}

function dateOf(at: number | null): Date | null {
  return at === null ? null : new Date(at);
}

export function traceOf({ id, spans, isTruncated }: StoredTrace): Trace {
  const started = spans[0]?.startedAt ?? 0;
  return {
    id,
    isTruncated,
    spans: spans.map(({ spanId, parentSpanId, startedAt, kind, attributes, ...same }) => ({
      ...same,
      id: spanId,
      parentId: parentSpanId,
      kind: kind as SpanKind,
      startedAt: new Date(startedAt),
      offsetMs: Math.round((startedAt - started) * 1_000) / 1_000,
      attributes: { ...attributes },
    })),
  };
}

export function alertRuleOf({ forMs, keepFiringForMs, ...row }: AlertRuleRow): AlertRule {
  return {
    ...row,
    for: forMs / 1000,
    keepFiringFor: keepFiringForMs / 1000,
    severity: row.severity as AlertSeverity,
    noData: row.noData as AlertNoData,
    source: row.source as AlertRuleSource,
    updatedAt: new Date(row.updatedAt),
  };
}

export function alertOf(row: AlertRow): Alert {
  return {
    ...row,
    severity: row.severity as AlertSeverity,
    state: row.state as AlertState,
    pendingSince: new Date(row.pendingSince),
    firingSince: dateOf(row.firingSince),
    resolvedAt: dateOf(row.resolvedAt),
    acknowledgedAt: dateOf(row.acknowledgedAt),
  };
}

export function silenceOf({ startsAt, endsAt, ...row }: SilenceRow): Silence {
  return { ...row, startsAt: new Date(startsAt), endsAt: new Date(endsAt) };
}
