import { Query, Resolver } from 'type-graphql';
import { ServiceInfo } from '../../../platform/service-info';

@Resolver()
export class ServiceResolver {
  constructor(private readonly service: { startedAt: number }) {}

  @Query(() => ServiceInfo, {
    nullable: true,
    description: 'The monitoring service that answers: which version, and since when.',
  })
  monitoringService(): ServiceInfo {
    return ServiceInfo.of('monitoring', this.service.startedAt);
  }
}
