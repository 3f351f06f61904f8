import { Query, Resolver } from 'type-graphql';
import { ServiceInfo } from '../../../platform/service-info';

@Resolver()
export class ServiceResolver {
  constructor(private readonly service: { startedAt: number }) {}

  @Query(() => ServiceInfo, {
    nullable: true,
    description: 'The notifications service that answers: which version, and since when.',
  })
  notificationsService(): ServiceInfo {
    return ServiceInfo.of('notifications', this.service.startedAt);
  }
}
