import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Directive, Field, ObjectType } from 'type-graphql';
import { projectRoot } from './project-root';

/** Read once, when first asked for. */
let version: string | undefined;

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
    version ??= (JSON.parse(readFileSync(join(projectRoot(), 'package.json'), 'utf8')) as { version: string })
      .version;
    return { name, version, startedAt: new Date(startedAt).toISOString() };
  }
}
