import { createHash } from 'node:crypto';
import {
  buildASTSchema,
  defaultFieldResolver,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLFieldResolver,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  isEnumType,
  isListType,
  isNonNullType,
  isObjectType,
  isScalarType,
  isUnionType,
  parse,
  printSchema,
} from 'graphql';
import type { Resolvers } from './federation';

/**
 * A made-up world in which every field of every thing has one value, whoever is asked: a hash of the thing, the field and the
 * arguments. One merged schema and any number of subgraphs then have to agree, whatever way a plan takes through them.
 */
export interface Thing {
  readonly __typename: string;
  /** `Type:number`: what it is and which. */
  readonly id: string;
  readonly [field: string]: unknown;
}

export interface WorldRules {
  /** Chances of a null and of an error, in percent. */
  readonly nulls?: number;
  readonly errors?: number;
  /** Types that a field of an abstract type returns; all of them otherwise. */
  readonly picks?: Readonly<Record<string, readonly string[]>>;
  /** `Type.field` to a value made from the thing's number, for keys that have to lead back to it. */
  readonly fixed?: Readonly<Record<string, (number: number) => unknown>>;
  /** How a type is found again by a representation that has no id. */
  readonly references?: Readonly<Record<string, (representation: Record<string, never>) => number>>;
  /** `Type.field` to the fields its `@requires` names, which its value is made from as well. */
  readonly requires?: Readonly<Record<string, readonly RequiredField[]>>;
}

export interface RequiredField {
  readonly name: string;
  readonly args?: Record<string, unknown>;
  /** Fields of the required object or objects. */
  readonly of?: readonly string[];
}

export class World {
  constructor(
    readonly rules: WorldRules,
    /** The whole supergraph's types, inaccessible ones too. */
    private readonly everything: GraphQLSchema,
    public seed = 0,
  ) {}

  hash(...parts: readonly unknown[]): number {
    return createHash('md5')
      .update(JSON.stringify([this.seed, ...parts]))
      .digest()
      .readUInt32LE(0);
  }

  thing(type: string, number: number): Thing {
    return { __typename: type, id: `${type}:${number % 4}` };
  }

  /** The value of a field as every service would give it. */
  resolve(
    thing: Thing,
    fieldName: string,
    args: Record<string, unknown>,
    declared: GraphQLOutputType,
  ): unknown {
    const type = thing.id.split(':')[0] as string;
    const place = `${type}.${fieldName}`;
    const number = Number(thing.id.split(':')[1]);
    const fixed = this.rules.fixed?.[place];
    if (fixed) return fixed(number);
    if (fieldName === 'id') return thing.id;
    const required = this.rules.requires?.[place];
    const mixed = required?.map(r => this.requiredValue(thing, r)) ?? [];
    const luck = this.hash('luck', thing.id, fieldName, args) % 100;
    const isRequired = this.isRequired(type, fieldName);
    if (!isRequired && luck < (this.rules.errors ?? 0)) {
      throw new GraphQLError(`broken ${fieldName}`, { extensions: { code: 'BROKEN', of: thing.id } });
    }
    if (luck < (this.rules.errors ?? 0) + (this.rules.nulls ?? 0) && !isNonNullType(declared)) return null;
    return this.make(place, declared, [thing.id, fieldName, args, mixed]);
  }

  private isRequired(type: string, field: string): boolean {
    return (
      Object.entries(this.rules.requires ?? {}).some(
        ([place, fields]) => place.startsWith(`${type}.`) && fields.some(f => f.name === field),
      ) || this.isPartOfRequired(field)
    );
  }

  private isPartOfRequired(field: string): boolean {
    return Object.values(this.rules.requires ?? {}).some(fields => fields.some(f => f.of?.includes(field)));
  }

  /** What a subgraph is sent as the value of a required field. */
  private requiredValue(thing: Thing, required: RequiredField): unknown {
    if (Object.hasOwn(thing, required.name)) return shorten(thing[required.name], required);
    const type = this.everything.getType(thing.id.split(':')[0] as string);
    const field = isObjectType(type) ? type.getFields()[required.name] : undefined;
    if (!field) return null;
    let value: unknown;
    try {
      value = this.resolve(thing, required.name, required.args ?? {}, field.type);
    } catch {
      value = null;
    }
    if (!required.of) return value;
    const part = (one: unknown): unknown => {
      if (one === null) return null;
      const inner = this.everything.getType((one as Thing).id.split(':')[0] as string);
      return Object.fromEntries(
        (required.of ?? []).map(name => {
          const declared = isObjectType(inner) ? inner.getFields()[name] : undefined;
          return [name, declared ? this.resolve(one as Thing, name, {}, declared.type) : null];
        }),
      );
    };
    return Array.isArray(value) ? value.map(part) : part(value);
  }

  private make(place: string, type: GraphQLOutputType, key: readonly unknown[]): unknown {
    if (isNonNullType(type)) return this.make(place, type.ofType, key);
    const hash = this.hash(...key);
    if (isListType(type)) {
      return Array.from({ length: hash % 4 }, (_, i) => {
        const canBeNull =
          !isNonNullType(type.ofType) && this.hash('item', ...key, i) % 100 < (this.rules.nulls ?? 0);
        return canBeNull ? null : this.make(place, type.ofType, [...key, i]);
      });
    }
    if (isScalarType(type)) {
      switch (type.name) {
        case 'Int':
          return hash % 1000;
        case 'Float':
          return (hash % 1000) / 4;
        case 'Boolean':
          return hash % 2 === 0;
        default:
          return `${place}-${hash % 1000}"\\é`;
      }
    }
    // What is inaccessible is a value like any other to the services.
    const whole = this.everything.getType(type.name);
    if (isEnumType(whole)) {
      const values = whole.getValues();
      return values[hash % values.length]?.name;
    }
    const possible =
      this.rules.picks?.[place] ??
      (isObjectType(whole)
        ? [whole.name]
        : this.everything.getPossibleTypes(whole as never).map(t => t.name));
    return this.thing(possible[hash % possible.length] as string, hash >> 4);
  }

  /** What was asked to be changed, in the order in which it was. */
  readonly deeds: string[] = [];

  resolver(): GraphQLFieldResolver<unknown, unknown> {
    return (source, args, context, info) => {
      if (info.fieldName.startsWith('_')) return defaultFieldResolver(source, args, context, info);
      const thing = (source as Thing | undefined)?.id ? (source as Thing) : this.rootThing(info);
      if (info.operation.operation === 'mutation' && source === undefined) {
        return this.change(thing, args, info);
      }
      return this.resolve(thing, info.fieldName, args, info.returnType);
    };
  }

  /** Two changes that run at the same time begin before either has ended. */
  private async change(
    thing: Thing,
    args: Record<string, unknown>,
    info: GraphQLResolveInfo,
  ): Promise<unknown> {
    const deed = `${info.fieldName}(${JSON.stringify(args)})`;
    this.deeds.push(`${deed} begins`);
    await new Promise(resolve => setImmediate(resolve));
    this.deeds.push(`${deed} ends`);
    return this.resolve(thing, info.fieldName, args, info.returnType);
  }

  private rootThing(info: GraphQLResolveInfo): Thing {
    return { __typename: info.parentType.name, id: `${info.parentType.name}:0` };
  }

  /** The resolvers of a subgraph: all it needs is to know which thing a representation means. */
  subgraphResolvers(schema: GraphQLSchema): Resolvers {
    const resolvers: Record<string, Record<string, unknown>> = {};
    for (const type of Object.values(schema.getTypeMap())) {
      if (type.name.startsWith('_')) continue;
      if (isObjectType(type)) {
        const isInterfaceObject = !isObjectType(this.everything.getType(type.name));
        resolvers[type.name] = {
          __resolveReference: (representation: Record<string, unknown>) => {
            const find = this.rules.references?.[type.name];
            const id =
              representation['id'] ?? (find ? `${type.name}:${find(representation as never)}` : undefined);
            return { ...representation, __typename: type.name, id };
          },
        };
        for (const field of Object.keys(type.getFields())) {
          if (field.startsWith('_')) continue;
          (resolvers[type.name] as Record<string, unknown>)[field] = this.resolver();
        }
        if (isInterfaceObject) continue;
      } else if (isUnionType(type) || 'resolveType' in type) {
        resolvers[type.name] = { __resolveType: (thing: Thing) => thing.id.split(':')[0] };
      }
    }
    return resolvers as never;
  }

  /** The same world behind one schema: what the gateway's answer has to equal. */
  merged(
    apiSchema: GraphQLSchema,
  ): (query: string, variables: Record<string, unknown>) => Promise<ExecutionResult> {
    const schema = buildASTSchema(parse(printSchema(apiSchema)), { assumeValid: true });
    const fieldResolver = this.resolver();
    return async (query, variables) =>
      execute({
        schema,
        document: parse(query),
        variableValues: variables,
        rootValue: undefined,
        fieldResolver,
        typeResolver: value => (value as Thing).id.split(':')[0],
      });
  }
}

function shorten(value: unknown, required: RequiredField): unknown {
  if (!required.of || value === null || value === undefined) return value ?? null;
  const part = (one: unknown): unknown =>
    one === null
      ? null
      : Object.fromEntries((required.of ?? []).map(n => [n, (one as Record<string, unknown>)[n] ?? null]));
  return Array.isArray(value) ? value.map(part) : part(value);
}
