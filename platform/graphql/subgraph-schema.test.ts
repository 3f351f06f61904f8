import 'reflect-metadata';
import { execute, parse } from 'graphql';
import {
  Arg,
  Ctx,
  Directive,
  Field,
  FieldResolver,
  ID,
  InputType,
  Int,
  ObjectType,
  Query,
  Resolver,
  Root,
  UseMiddleware,
} from 'type-graphql';
import { AppError } from '../errors';
import { subgraphSchema } from './subgraph-schema';

@ObjectType('Tree', { simpleResolvers: true })
@Directive('@key(fields: "id")')
class Tree {
  @Field(() => ID)
  id: string;
}

@InputType('TreeFilter')
class TreeFilter {
  @Field(() => Int, { nullable: true, defaultValue: 3 })
  height?: number;
}

@Resolver(() => Tree)
class TreeResolver {
  constructor(private readonly prefix: string) {}

  @Query(() => [Tree])
  trees(
    @Arg('filter', () => TreeFilter, { nullable: true }) filter: TreeFilter | null | undefined,
    @Ctx('forest') forest: string,
    @Ctx() context: { forest: string },
    @Arg('first', () => Int, { defaultValue: 2 }) first: number,
  ): Tree[] {
    return [{ id: [this.prefix, forest, context.forest, filter?.height, first].join() }];
  }

  @Query(() => String)
  @UseMiddleware(async (_, next) => `${await next()}, watched`)
  watched(): string {
    return this.prefix;
  }

  @FieldResolver(() => String)
  async shade(@Root('id') id: string, @Root() tree: Tree): Promise<string> {
    if (id === 'bare') throw new AppError({ code: 'NO_LEAVES', status: 400 }, 'No leaves');
    return `${this.prefix} ${id} ${tree.id}`;
  }
}

async function ask(query: string, variableValues: Record<string, unknown> = {}) {
  const schema = await subgraphSchema<object>({
    resolvers: [new TreeResolver('oak')],
    references: {
      Tree: ({ id }) => {
        if (id === 'locked') throw new AppError({ code: 'LOCKED', status: 400 }, 'Locked');
        if (id === 'none') return null;
        if (id === 'soon') return Promise.resolve({ id });
        return { id };
      },
    },
  });
  const contextValue = { forest: 'black' };
  const { data, errors } = await execute({ schema, document: parse(query), contextValue, variableValues });
  return JSON.parse(
    JSON.stringify({
      data,
      errors: (errors ?? []).map(({ message, path }) => `${message} at ${path?.join('.')}`),
    }),
  );
}

describe('the schema of a service', () => {
  it('calls methods with the parameters that they are decorated with, in their order', async () => {
    expect(await ask('{ trees(filter: {}) { id shade } }')).toEqual({
      data: { trees: [{ id: 'oak,black,black,3,2', shade: 'oak oak,black,black,3,2 oak,black,black,3,2' }] },
      errors: [],
    });
  });

  it('runs the middlewares of a resolver', async () => {
    expect((await ask('{ watched }')).data).toEqual({ watched: 'oak, watched' });
  });

  const entities = `query ($representations: [_Any!]!) {
    _entities(representations: $representations) { __typename ... on Tree { id shade } }
  }`;
  const tree = (id: unknown) => ({ __typename: 'Tree', id });

  it('finds entities at once, by promise or not at all, each for itself', async () => {
    const ids = ['near', 'far', 'locked', 'soon', 'none', 7, { or: 1 }, 'bare'];
    expect(await ask(entities, { representations: ids.map(tree) })).toEqual({
      data: {
        _entities: [
          ...[{ id: 'near', shade: 'oak near near' }, { id: 'far', shade: 'oak far far' }, null],
          ...[{ id: 'soon', shade: 'oak soon soon' }, null, null, null, null],
        ].map(each => each && { __typename: 'Tree', ...each }),
      },
      errors: ['Locked at _entities.2', 'No leaves at _entities.7.shade'],
    });
  });

  it.each([
    ['unknown', { __typename: 'Bush', id: 'a' }],
    ['of no entity', { __typename: 'Query', id: 'a' }],
    ['missing', { id: 'a' }],
    ['a list', { __typename: ['Tree'], id: 'a' }],
    ['of no object', 'Tree'],
  ])('refuses a representation whose __typename is %s', async (_, wrong) => {
    const { data, errors } = await ask(entities, { representations: [tree('near'), wrong] });
    expect(data).toBeNull();
    expect(errors).toEqual(['representations.1.__typename: must be one of Tree at _entities']);
  });
});
