import 'reflect-metadata';
import { Directive, Field, ObjectType } from 'type-graphql';
import { plinthVersion } from './version';

@ObjectType('ServiceInfo', { simpleResolvers: true, description: 'One running service.' })
@Directive('@shareable')
export class ServiceInfo {
  @Field(() => String, { description: 'Its name, as in rover.yaml.' })
  name: string;

  @Field(() => String, { description: 'Version of Plinth it was built from (https://semver.org).' })
  version: string;

  @Field(() => String, { description: 'Since when it runs (RFC 3339).' })
  startedAt: string;

  static of(name: string, startedAt: number): ServiceInfo {
    return { name, version: plinthVersion(), startedAt: new Date(startedAt).toISOString() };
  }
}
