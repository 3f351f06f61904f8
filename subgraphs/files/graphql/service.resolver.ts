import { Query, Resolver } from 'type-graphql';
import { ServiceInfo } from '../../../platform/service-info';

@Resolver()
export class ServiceResolver {
  constructor(private readonly service: { startedAt: number }) {}

  @Query(() => ServiceInfo, {
    nullable: true,
    description: 'The files service that answers: which version, and since when.',
  })
  filesService(): ServiceInfo {
    return ServiceInfo.of('files', this.service.startedAt);
  }
}
