import { Arg, Ctx, Directive, FieldResolver, Int, Query, Resolver, Root, Subscription } from 'type-graphql';
import { pageSize } from '../../../platform/database/keyset';
import type { RequestContext } from '../../../platform/service';
import type { Health } from '../health/health';
import { serviceHealthChanged } from '../live';
import type { Dashboards } from '../series/dashboard';
import { dashboardOf, healthChangeOf, serviceOf } from './views';
import { Dashboard, HealthChange, Service } from './watch.types';

@Resolver(() => Service)
export class WatchResolver {
  constructor(
    private readonly health: Health,
    private readonly dashboards: Dashboards,
  ) {}

  @Directive('@requiresScopes(scopes: [["monitoring:read"]])')
  @Query(() => [Service], {
    nullable: true,
    description: 'The health of the gateway and of every service of rover.yaml. Needs `monitoring:read`.',
  })
  async services(@Ctx() { caller }: RequestContext): Promise<Service[]> {
    return (await this.health.list(caller)).map(serviceOf);
  }

  @FieldResolver(() => [HealthChange], {
    nullable: true,
    description: 'Changes of its status in the last 30 days, the newest first. Needs `monitoring:read`.',
  })
  async history(
    @Root() { name }: Service,
    @Ctx() { caller }: RequestContext,
    @Arg('first', () => Int, { defaultValue: 20, description: '1 to 100.' }) first: number,
  ): Promise<HealthChange[]> {
    return (await this.health.changes(caller, name, pageSize(first))).map(healthChangeOf);
  }

  @Directive('@requiresScopes(scopes: [["monitoring:read"]])')
  @Query(() => Dashboard, {
    nullable: true,
    description:
      'Request rates, errors, latency and health of all services over the last `range`: a time such as `15m`, `6h` or `7d`, from 5 minutes to 90 days. At most 121 points a service. Needs `monitoring:read`. Errors: VALIDATION_FAILED (422).',
  })
  async dashboard(
    @Ctx() { caller }: RequestContext,
    @Arg('range', () => String, { defaultValue: '1h' }) range: string,
  ): Promise<Dashboard> {
    return dashboardOf(await this.dashboards.read(caller, range));
  }

  @Directive('@requiresScopes(scopes: [["monitoring:read"]])')
  @Subscription(() => Service, {
    nullable: true,
    topics: serviceHealthChanged,
    description: 'A service whose status has changed. Needs `monitoring:read`.',
  })
  async serviceHealthChanged(
    @Root() { name }: { name: string },
    @Ctx() { caller }: RequestContext,
  ): Promise<Service | null> {
    const found = (await this.health.list(caller)).find(each => each.name === name);
    return found === undefined ? null : serviceOf(found);
  }
}
