import {
  Arg,
  Ctx,
  Directive,
  FieldResolver,
  ID,
  Int,
  Mutation,
  Query,
  Resolver,
  Root,
  Subscription,
} from 'type-graphql';
import { mapPage, type Page } from '../../../platform/database/keyset';
import type { RequestContext } from '../../../platform/service';
import type { AlertRules } from '../alerts/alert-rules';
import type { Alerts } from '../alerts/alerts';
import type { Silences } from '../alerts/silences';
import { alertChanged } from '../live';
import {
  Alert,
  AlertConnection,
  AlertFilterInput,
  AlertRule,
  AlertRuleConnection,
  CreateAlertRuleInput,
  CreateSilenceInput,
  Silence,
  UpdateAlertRuleInput,
} from './alert.types';
import { alertOf, alertRuleOf, silenceOf } from './views';
import { Dashboard } from './watch.types';

/** Open alerts that a dashboard shows. */
const mostShown = 100;

@Resolver()
export class AlertResolver {
  constructor(
    private readonly rules: AlertRules,
    private readonly found: Alerts,
    private readonly silenced: Silences,
  ) {}

  @Directive('@requiresScopes(scopes: [["monitoring:read"]])')
  @Query(() => AlertRuleConnection, {
    nullable: true,
    description:
      'All alert rules, by name. Needs `monitoring:read`. Errors: VALIDATION_FAILED (422) for a page size outside of 1 to 100.',
  })
  async alertRules(
    @Ctx() { caller }: RequestContext,
    @Arg('first', () => Int, { nullable: true, defaultValue: 20 }) first: number | null,
    @Arg('after', () => String, { nullable: true }) after: string | null | undefined,
  ): Promise<Page<AlertRule>> {
    return mapPage(await this.rules.list(caller, { first, after }), alertRuleOf);
  }

  @Directive('@requiresScopes(scopes: [["monitoring:read"]])')
  @Query(() => AlertConnection, {
    nullable: true,
    description:
      'Alerts, the newest first; resolved ones are kept for 30 days. Needs `monitoring:read`. Errors: VALIDATION_FAILED (422) for a page size outside of 1 to 100.',
  })
  async alerts(
    @Ctx() { caller }: RequestContext,
    @Arg('first', () => Int, { nullable: true, defaultValue: 20 }) first: number | null,
    @Arg('after', () => String, { nullable: true }) after: string | null | undefined,
    @Arg('filter', () => AlertFilterInput, { nullable: true }) filter: AlertFilterInput | null | undefined,
  ): Promise<Page<Alert>> {
    return mapPage(await this.found.list(caller, filter ?? {}, { first, after }), alertOf);
  }

  @Directive('@requiresScopes(scopes: [["monitoring:read"]])')
  @Query(() => [Silence], {
    nullable: true,
    description:
      'The silences that have not ended, the newest first and at most 500. Needs `monitoring:read`.',
  })
  async silences(@Ctx() { caller }: RequestContext): Promise<Silence[]> {
    return (await this.silenced.list(caller)).map(silenceOf);
  }

  @Directive('@requiresScopes(scopes: [["monitoring:write"]])')
  @Mutation(() => AlertRule, {
    nullable: true,
    description:
      'Makes an alert rule. Needs `monitoring:write`. Errors: ALERT_RULE_NAME_TAKEN (409), VALIDATION_FAILED (422).',
  })
  async createAlertRule(
    @Ctx() { caller }: RequestContext,
    @Arg('input', () => CreateAlertRuleInput) input: CreateAlertRuleInput,
  ): Promise<AlertRule> {
    return alertRuleOf(await this.rules.create(caller, input));
  }

  @Directive('@requiresScopes(scopes: [["monitoring:write"]])')
  @Mutation(() => AlertRule, {
    nullable: true,
    description:
      'Changes an alert rule; of a built-in rule and of one from a file, only `isEnabled` and `notify`. Needs `monitoring:write`. Errors: NOT_FOUND (404), ALERT_RULE_NAME_TAKEN (409), ALERT_RULE_DECLARED (409), VERSION_CONFLICT (409), VALIDATION_FAILED (422).',
  })
  async updateAlertRule(
    @Ctx() { caller }: RequestContext,
    @Arg('id', () => ID) id: string,
    @Arg('input', () => UpdateAlertRuleInput) input: UpdateAlertRuleInput,
    @Arg('version', () => Int, {
      nullable: true,
      description: 'The change is refused when this is not the current version.',
    })
    version: number | null | undefined,
  ): Promise<AlertRule> {
    return alertRuleOf(await this.rules.update(caller, id, input, version));
  }

  @Directive('@requiresScopes(scopes: [["monitoring:write"]])')
  @Mutation(() => Boolean, {
    nullable: true,
    description:
      'Deletes an alert rule with its alerts. Needs `monitoring:write`. Errors: NOT_FOUND (404), ALERT_RULE_DECLARED (409).',
  })
  async deleteAlertRule(
    @Ctx() { caller }: RequestContext,
    @Arg('id', () => ID) id: string,
  ): Promise<boolean> {
    await this.rules.delete(caller, id);
    return true;
  }

  @Directive('@requiresScopes(scopes: [["monitoring:write"]])')
  @Mutation(() => Alert, {
    nullable: true,
    description:
      'Says that the caller looks after an open alert. Needs `monitoring:write`. Errors: NOT_FOUND (404).',
  })
  async acknowledgeAlert(@Ctx() { caller }: RequestContext, @Arg('id', () => ID) id: string): Promise<Alert> {
    return alertOf(await this.found.acknowledge(caller, id));
  }

  @Directive('@requiresScopes(scopes: [["monitoring:write"]])')
  @Mutation(() => Silence, {
    nullable: true,
    description:
      'Sends no notification of matching alerts for a time; one that still fires then is sent. Needs `monitoring:write`. Errors: NOT_FOUND (404) for an unknown rule, VALIDATION_FAILED (422).',
  })
  async createSilence(
    @Ctx() { caller }: RequestContext,
    @Arg('input', () => CreateSilenceInput) input: CreateSilenceInput,
  ): Promise<Silence> {
    return silenceOf(await this.silenced.create(caller, input));
  }

  @Directive('@requiresScopes(scopes: [["monitoring:write"]])')
  @Mutation(() => Boolean, {
    nullable: true,
    description: 'Ends a silence now. Needs `monitoring:write`. Errors: NOT_FOUND (404).',
  })
  async endSilence(@Ctx() { caller }: RequestContext, @Arg('id', () => ID) id: string): Promise<boolean> {
    await this.silenced.end(caller, id);
    return true;
  }

  @Directive('@requiresScopes(scopes: [["monitoring:read"]])')
  @Subscription(() => Alert, {
    nullable: true,
    topics: alertChanged,
    description:
      'An alert whose state has changed or that was acknowledged; null for one that is gone. Needs `monitoring:read`.',
  })
  async alertChanged(
    @Root() { id }: { id: string },
    @Ctx() { caller }: RequestContext,
  ): Promise<Alert | null> {
    const row = await this.found.find(caller, id);
    return row && alertOf(row);
  }
}

@Resolver(() => Dashboard)
export class DashboardAlertResolver {
  constructor(private readonly found: Alerts) {}

  @FieldResolver(() => [Alert], {
    description: 'The alerts that are open now, the newest first and at most 100.',
  })
  async alerts(@Ctx() { caller }: RequestContext): Promise<Alert[]> {
    const page = await this.found.list(caller, { states: ['pending', 'firing'] }, { first: mostShown });
    return page.nodes.map(alertOf);
  }
}
