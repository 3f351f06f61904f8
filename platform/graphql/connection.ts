import 'reflect-metadata';
import { Directive, Field, ObjectType } from 'type-graphql';
import type { Page } from '../database/keyset';

/** Relay's page info (https://relay.dev/graphql/connections.htm), the same type in every subgraph. */
@ObjectType('PageInfo', {
  simpleResolvers: true,
  description: 'Where a page ends, as in the Relay connection specification.',
})
@Directive('@shareable')
class PageInfo {
  @Field(() => Boolean, { description: 'Whether there are items after `endCursor`.' })
  hasNextPage: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'Pass as `after` for the next page; null on an empty page.',
  })
  endCursor: string | null;
}

/** The connection and edge classes of a node type; `connectionOf('User', () => User)` declares `UserConnection`. */
export function connectionOf<T extends object>(name: string, type: () => new () => T): new () => Page<T> {
  @ObjectType(`${name}Edge`, { simpleResolvers: true, description: `One ${name} and its place in the list.` })
  class Edge {
    @Field(type)
    node: T;

    @Field(() => String, { description: 'Opaque; pass as `after` to go on from here.' })
    cursor: string;
  }

  @ObjectType(`${name}Connection`, { simpleResolvers: true, description: `A page of a list of ${name}.` })
  class Connection implements Page<T> {
    @Field(() => [Edge])
    readonly edges: Edge[];

    @Field(() => [type()], { description: 'The nodes of `edges`.' })
    nodes: T[];

    @Field(() => PageInfo)
    pageInfo: PageInfo;
  }
  return Connection;
}
