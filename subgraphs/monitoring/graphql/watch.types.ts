import { Directive, Field, Float, Int, ObjectType, registerEnumType } from 'type-graphql';
import { DateTime } from '../../../platform/graphql/scalars';
import { LogEntry } from './log.types';

export enum ServiceStatus {
  HEALTHY = 'healthy',
  UNHEALTHY = 'unhealthy',
  UNKNOWN = 'unknown',
}

registerEnumType(ServiceStatus, {
  name: 'ServiceStatus',
  description: 'The health of a service, as its probes show it.',
  valuesConfig: {
    HEALTHY: { description: 'The last probes succeeded.' },
    UNHEALTHY: { description: 'At least the last two probes failed.' },
    UNKNOWN: { description: 'There is no recent probe.' },
  },
});

@ObjectType('Uptime', {
  simpleResolvers: true,
  description: 'The part of the probes that succeeded, from 0 to 1; null where there were none.',
})
export class Uptime {
  @Field(() => Float, { nullable: true, description: 'Of the last 24 hours.' })
  day: number | null;

  @Field(() => Float, { nullable: true, description: 'Of the last 7 days.' })
  week: number | null;

  @Field(() => Float, { nullable: true, description: 'Of the last 30 days.' })
  month: number | null;
}

@ObjectType('HealthChange', { simpleResolvers: true, description: 'A change of a service’s status.' })
export class HealthChange {
  @Field(() => ServiceStatus)
  status: ServiceStatus;

  @Field(() => DateTime)
  at: Date;

  @Field(() => String, { nullable: true, description: 'Why the probe failed; null when it did not.' })
  error: string | null;
}

@ObjectType('Service', {
  simpleResolvers: true,
  description: 'A server of Plinth that is watched: a subgraph or the gateway.',
})
@Directive('@key(fields: "name")')
export class Service {
  @Field(() => String, { description: 'As in rover.yaml, or `gateway`.' })
  name: string;

  @Field(() => ServiceStatus)
  status: ServiceStatus;

  @Field(() => DateTime, { nullable: true, description: 'Since when it has this status.' })
  since: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was last probed; null before that.' })
  lastCheck: Date | null;

  @Field(() => Float, {
    nullable: true,
    description: 'Milliseconds that the last probe took; null when it failed.',
  })
  responseTime: number | null;

  @Field(() => String, { nullable: true, description: 'Why the last probe failed; null when it did not.' })
  error: string | null;

  @Field(() => Int, { description: 'Failed probes of the last 24 hours.' })
  errorCount: number;

  @Field(() => Uptime)
  uptime: Uptime;
}

@ObjectType('HealthBucket', { simpleResolvers: true, description: 'The probes of a span of time.' })
export class HealthBucket {
  @Field(() => DateTime, { description: 'The first moment of the span.' })
  at: Date;

  @Field(() => Int, { description: 'Probes that succeeded.' })
  ok: number;

  @Field(() => Int, { description: 'Probes that failed.' })
  failed: number;
}

@ObjectType('RequestStatistics', {
  simpleResolvers: true,
  description:
    'HTTP requests, without probes and scrapes. Quantiles are estimated from a histogram; null where there were no requests.',
})
export class RequestStatistics {
  @Field(() => Float, { description: 'Requests a second.' })
  requestRate: number;

  @Field(() => Float, { description: 'Requests a second that were answered with 5xx.' })
  errorRate: number;

  @Field(() => Float, { nullable: true, description: 'Median of the duration, in seconds.' })
  p50: number | null;

  @Field(() => Float, { nullable: true, description: '95th percentile of the duration, in seconds.' })
  p95: number | null;

  @Field(() => Float, { nullable: true, description: '99th percentile of the duration, in seconds.' })
  p99: number | null;
}

@ObjectType('RequestPoint', { simpleResolvers: true, description: 'The requests of one step.' })
export class RequestPoint extends RequestStatistics {
  @Field(() => DateTime, { description: 'The first moment of the step.' })
  at: Date;
}

@ObjectType('MetricValue', { simpleResolvers: true, description: 'One metric of a service.' })
export class MetricValue {
  @Field(() => String, { description: 'Name and labels, such as `plinth_logins_total{outcome="success"}`.' })
  metric: string;

  @Field(() => Float, { description: 'What a counter grew by in the range; the last value of a gauge.' })
  value: number;
}

@ObjectType('ServiceDashboard', { simpleResolvers: true, description: 'One service in a range of time.' })
export class ServiceDashboard {
  @Field(() => Service)
  service: Service;

  @Field(() => RequestStatistics, { description: 'Over the whole range.' })
  requests: RequestStatistics;

  @Field(() => [RequestPoint], { description: 'One for each step, also for steps without requests.' })
  points: RequestPoint[];

  @Field(() => [HealthBucket], { description: 'Its probes; spans without probes are left out.' })
  health: HealthBucket[];

  @Field(() => [MetricValue], { description: 'Metrics whose names begin with `plinth_`, by name.' })
  metrics: readonly MetricValue[];
}

@ObjectType('Dashboard', { simpleResolvers: true, description: 'All services in a range of time.' })
export class Dashboard {
  @Field(() => DateTime)
  from: Date;

  @Field(() => DateTime)
  to: Date;

  @Field(() => Int, { description: 'Seconds of a step of `points`.' })
  step: number;

  @Field(() => [ServiceDashboard])
  services: ServiceDashboard[];

  @Field(() => [LogEntry], {
    nullable: true,
    description: 'The newest errors of the range, at most 20; null without `logs:read`.',
  })
  recentErrors: LogEntry[] | null;
}
