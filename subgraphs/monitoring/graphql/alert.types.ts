import { Field, Float, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { connectionOf } from '../../../platform/graphql/connection';
import { DateTime } from '../../../platform/graphql/scalars';

export enum AlertState {
  PENDING = 'pending',
  FIRING = 'firing',
  RESOLVED = 'resolved',
}

registerEnumType(AlertState, {
  name: 'AlertState',
  description: 'The state of an alert.',
  valuesConfig: {
    PENDING: { description: 'The condition holds, but not yet for as long as the rule says.' },
    FIRING: { description: 'The condition has held for that long.' },
    RESOLVED: { description: 'It has fired, and the condition no longer holds.' },
  },
});

export enum AlertSeverity {
  INFO = 'info',
  WARNING = 'warning',
  CRITICAL = 'critical',
}

registerEnumType(AlertSeverity, { name: 'AlertSeverity', description: 'How urgent an alert is.' });

export enum AlertNoData {
  RESOLVE = 'resolve',
  KEEP = 'keep',
  ALERT = 'alert',
}

registerEnumType(AlertNoData, {
  name: 'AlertNoData',
  description: 'What happens when the condition of a rule has no value.',
  valuesConfig: {
    RESOLVE: { description: 'As if the condition did not hold.' },
    KEEP: { description: 'Open alerts stay as they are.' },
    ALERT: { description: 'As if the condition held.' },
  },
});

export enum AlertRuleSource {
  API = 'api',
  FILE = 'file',
  BUILT_IN = 'built-in',
}

registerEnumType(AlertRuleSource, { name: 'AlertRuleSource', description: 'Where a rule comes from.' });

@ObjectType('AlertRule', {
  simpleResolvers: true,
  description: 'A condition that makes an alert for each service for which it holds.',
})
export class AlertRule {
  @Field(() => ID)
  id: string;

  @Field(() => String, { description: 'Unique.' })
  name: string;

  @Field(() => String, { description: 'In the grammar of docs/monitoring.md, such as `health == 0`.' })
  condition: string;

  @Field(() => Int, { description: 'Seconds for which the condition holds before an alert fires.' })
  for: number;

  @Field(() => Int, { description: 'Seconds for which an alert fires on after the condition last held.' })
  keepFiringFor: number;

  @Field(() => AlertSeverity)
  severity: AlertSeverity;

  @Field(() => AlertNoData)
  noData: AlertNoData;

  @Field(() => [String], { description: 'Email addresses; those of ALERT_EMAILS when empty.' })
  notify: string[];

  @Field(() => Boolean)
  isEnabled: boolean;

  @Field(() => AlertRuleSource)
  source: AlertRuleSource;

  @Field(() => DateTime)
  updatedAt: Date;

  @Field(() => Int, { description: 'Grows with each change; pass it to `updateAlertRule`.' })
  version: number;
}

export const AlertRuleConnection = connectionOf('AlertRule', () => AlertRule);

@ObjectType('Alert', { simpleResolvers: true, description: 'What a rule has found about one service.' })
export class Alert {
  @Field(() => ID)
  id: string;

  @Field(() => ID)
  ruleId: string;

  @Field(() => String, { description: 'The name of its rule.' })
  name: string;

  @Field(() => AlertSeverity)
  severity: AlertSeverity;

  @Field(() => String, { description: 'Empty for a rule that has no data of any service.' })
  service: string;

  @Field(() => AlertState)
  state: AlertState;

  @Field(() => Float, {
    nullable: true,
    description: 'The last value of the condition’s left side; null without data.',
  })
  value: number | null;

  @Field(() => DateTime, { description: 'When the condition began to hold.' })
  pendingSince: Date;

  @Field(() => DateTime, { nullable: true, description: 'When it began to fire; null before.' })
  firingSince: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Null while it is open.' })
  resolvedAt: Date | null;

  @Field(() => String, { nullable: true, description: 'Who looks after it: `user:<id>` or `service:<id>`.' })
  acknowledgedBy: string | null;

  @Field(() => DateTime, { nullable: true })
  acknowledgedAt: Date | null;
}

export const AlertConnection = connectionOf('Alert', () => Alert);

@ObjectType('Silence', {
  simpleResolvers: true,
  description: 'A time in which matching alerts are not sent.',
})
export class Silence {
  @Field(() => ID)
  id: string;

  @Field(() => ID, { nullable: true, description: 'All rules when null.' })
  ruleId: string | null;

  @Field(() => String, { nullable: true, description: 'All services when null.' })
  service: string | null;

  @Field(() => String)
  comment: string;

  @Field(() => String, { description: '`user:<id>` or `service:<id>`.' })
  createdBy: string;

  @Field(() => DateTime)
  startsAt: Date;

  @Field(() => DateTime)
  endsAt: Date;
}

@InputType('UpdateAlertRuleInput', { description: 'The fields that change.' })
export class UpdateAlertRuleInput {
  @Field(() => String, { nullable: true })
  name?: string | null;

  @Field(() => String, { nullable: true })
  condition?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Such as `30s`, `5m` or `1h`, at most 24h; `0s` by default.',
  })
  for?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Such as `30s`, `5m` or `1h`, at most 24h; `0s` by default.',
  })
  keepFiringFor?: string | null;

  @Field(() => AlertSeverity, { nullable: true, description: 'WARNING by default.' })
  severity?: AlertSeverity | null;

  @Field(() => AlertNoData, { nullable: true, description: 'RESOLVE by default.' })
  noData?: AlertNoData | null;

  @Field(() => [String], { nullable: true, description: 'At most 20 email addresses.' })
  notify?: string[] | null;

  @Field(() => Boolean, { nullable: true, description: 'True by default.' })
  isEnabled?: boolean | null;
}

@InputType('CreateAlertRuleInput', { description: 'A new alert rule.' })
export class CreateAlertRuleInput extends UpdateAlertRuleInput {
  @Field(() => String, { description: '1 to 100 characters; unique.' })
  declare name: string;

  @Field(() => String, {
    description: 'At most 500 characters, such as `rate(plinth_logins_total{outcome="failure"}[5m]) > 1`.',
  })
  declare condition: string;
}

@InputType('AlertFilter', { description: 'Conditions that all hold.' })
export class AlertFilterInput {
  @Field(() => [AlertState], { nullable: true, description: 'Any of these states.' })
  states?: AlertState[] | null;

  @Field(() => String, { nullable: true })
  service?: string | null;
}

@InputType('CreateSilenceInput', { description: 'A new silence.' })
export class CreateSilenceInput {
  @Field(() => ID, { nullable: true, description: 'All rules by default.' })
  ruleId?: string | null;

  @Field(() => String, { nullable: true, description: 'All services by default.' })
  service?: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Now by default.' })
  startsAt?: Date | null;

  @Field(() => DateTime, { description: 'At most a year ahead.' })
  endsAt: Date;

  @Field(() => String, { description: 'Why; 1 to 500 characters.' })
  comment: string;
}
