import {
  astFromValue,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLFieldResolver,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isLeafType,
  isObjectType,
  Kind,
  parse,
  print,
  type SelectionSetNode,
} from 'graphql';
import { directiveArgument } from '../../schema/directive-argument';
import { graphNames, readSupergraph, type SupergraphSchema } from '../../schema/supergraph-schema';

type Row = Record<string, unknown>;

/** A service, and the name that it gives the type: an interface object has that of the interface. */
interface Owner {
  readonly service: string;
  readonly type: string;
  readonly requires: SelectionSetNode | undefined;
}

/** A way to one object in one service: answers a selection of its fields. */
interface Origin {
  select(selection: string): Promise<Row | null>;
}

/** The services that are being tried for an object: the keys of one must not need itself. */
type Tried = ReadonlySet<string>;

/** An object, and the ways to it: those that are known, and those to try. */
interface Found {
  readonly typename: string;
  readonly origins: Map<string, Origin>;
  readonly others: Map<string, () => Promise<Origin | undefined>>;
}

/**
 * Executes operations over subgraphs without a plan: one fetch for each field of each object, from any service that resolves the field
 * by the `@join__` directives. It is slow, knows no `@provides`, and has no optimisation that could be wrong.
 */
export class Referee {
  readonly schema: SupergraphSchema;
  private readonly names: ReadonlyMap<unknown, string>;

  constructor(
    sdl: string,
    private readonly services: ReadonlyMap<string, GraphQLSchema>,
  ) {
    this.schema = readSupergraph(sdl);
    this.names = graphNames(this.schema.types, this.schema.directiveName);
  }

  ask(query: string, variables: Record<string, unknown>): ExecutionResult | Promise<ExecutionResult> {
    const fieldResolver: GraphQLFieldResolver<Found | undefined, unknown> = (
      source,
      args,
      _context,
      info,
    ) => {
      const object = source ?? this.root(info.parentType.name, info.operation.operation);
      const field = info.parentType.getFields()[info.fieldName];
      const text = (field?.args ?? [])
        .filter(({ name }) => Object.hasOwn(args, name))
        .map(({ name, type }) => `${name}:${print(astFromValue(args[name], type)!)}`)
        .join();
      return this.field(object, info.fieldName, text === '' ? '' : `(${text})`);
    };
    return execute({
      schema: this.schema.apiSchema,
      document: parse(query),
      variableValues: variables,
      fieldResolver: fieldResolver as GraphQLFieldResolver<unknown, unknown>,
      typeResolver: value => (value as Found).typename,
    });
  }

  private root(typename: string, operation: string): Found {
    const origins = new Map<string, Origin>();
    for (const service of this.services.keys()) {
      origins.set(service, { select: selection => this.send(service, `${operation} { ${selection} }`) });
    }
    return { typename, origins, others: new Map() };
  }

  private async send(service: string, query: string, variables?: Row): Promise<Row> {
    const schema = this.services.get(service) as GraphQLSchema;
    const document = parse(query);
    const { data, errors } = await execute({
      schema,
      document,
      variableValues: variables ?? {},
      contextValue: {},
    });
    if (errors?.[0]) throw new GraphQLError(`${service}: ${errors[0].message}`);
    return data as Row;
  }

  /** The value of a field: a leaf as it is, an object as `Found`. */
  private async field(object: Found, name: string, args: string, tried: Tried = new Set()): Promise<unknown> {
    const owners = this.owners(object.typename, name);
    for (const owner of owners) {
      const origin = await this.originOf(object, owner, tried);
      if (!origin) continue;
      const definition = this.typeIn(owner, name);
      const selection = definition.isLeaf ? '' : '{ __typename }';
      const answer = await origin.select(`it: ${name}${args} ${selection}`);
      const below = (path: readonly number[], from: Origin): Origin => ({
        select: async inner => {
          const at = await from.select(`it: ${name}${args} { ${inner} }`);
          let value: unknown = at?.['it'];
          for (const index of path) value = (value as unknown[] | null)?.[index];
          return (value ?? null) as Row | null;
        },
      });
      const convert = async (value: unknown, path: readonly number[]): Promise<unknown> => {
        if (value === null || value === undefined) return null;
        if (Array.isArray(value)) return Promise.all(value.map((one, i) => convert(one, [...path, i])));
        if (definition.isLeaf) return value;
        const others = new Map<string, () => Promise<Origin | undefined>>();
        for (const other of owners) {
          others.set(other.service, async () => {
            const another = await this.originOf(object, other, tried);
            return another && below(path, another);
          });
        }
        const origins = new Map([[owner.service, below(path, origin)]]);
        const typename = String((value as Row)['__typename']);
        return this.withRealType({ typename, origins, others });
      };
      return convert(answer?.['it'], []);
    }
    throw new Error(`The referee finds no way to ${object.typename}.${name}`);
  }

  /** A way to the object in the service: known, by its parent, or by a key; with what the field requires. */
  private async originOf(
    object: Found,
    { service, type, requires }: Owner,
    tried: Tried,
  ): Promise<Origin | undefined> {
    const known = object.origins.get(service);
    if (known && !requires) return known;
    if (tried.has(service)) return undefined;
    const trying = new Set([...tried, service]);
    const other = requires ? undefined : await object.others.get(service)?.();
    if (other) {
      object.origins.set(service, other);
      return other;
    }
    for (const key of this.keys(service, type)) {
      const keyed = await this.values(object, key, trying).catch(() => undefined);
      if (!keyed) continue;
      const required = requires ? await this.values(object, requires, trying) : {};
      const representations = [{ __typename: type, ...required, ...keyed }];
      const origin: Origin = {
        select: async selection => {
          const query = `query($representations: [_Any!]!) { _entities(representations: $representations) { ... on ${type} { ${selection} } } }`;
          const { _entities } = await this.send(service, query, { representations });
          return (_entities as Row[])[0] ?? null;
        },
      };
      if (!requires) object.origins.set(service, origin);
      return origin;
    }
    return undefined;
  }

  /** The values of a field set, as a representation has them. */
  private async values(object: Found, { selections }: SelectionSetNode, tried: Tried): Promise<Row> {
    const row: Row = {};
    for (const node of selections) {
      if (node.kind === Kind.INLINE_FRAGMENT) {
        const condition = node.typeCondition?.name.value ?? object.typename;
        if (!this.schema.satisfies(object.typename, condition)) continue;
        Object.assign(
          row,
          { __typename: object.typename },
          await this.values(object, node.selectionSet, tried),
        );
      } else if (node.kind === Kind.FIELD) {
        const name = node.name.value;
        const args = node.arguments?.map(argument => print(argument)).join() ?? '';
        const value =
          name === '__typename'
            ? object.typename
            : await this.field(object, name, args && `(${args})`, tried);
        const inner = node.selectionSet;
        row[name] = inner ? await this.below(value, inner) : value;
      }
    }
    return row;
  }

  private async below(value: unknown, set: SelectionSetNode): Promise<unknown> {
    if (value === null) return null;
    if (Array.isArray(value)) return Promise.all(value.map(one => this.below(one, set)));
    return this.values(value as Found, set, new Set());
  }

  /** A service with an interface object knows the interface alone: another one says which type it is. */
  private async withRealType(object: Found): Promise<Found> {
    if (this.schema.types.get(object.typename)?.kind !== Kind.INTERFACE_TYPE_DEFINITION) return object;
    for (const [service] of this.services) {
      const type = this.services.get(service)?.getType(object.typename);
      if (!isInterfaceType(type)) continue;
      const origin = await this.originOf(
        object,
        { service, type: type.name, requires: undefined },
        new Set(),
      );
      const typename = (await origin?.select('__typename'))?.['__typename'];
      if (typeof typename === 'string') return { ...object, typename };
    }
    return object;
  }

  private typeIn({ service, type }: Owner, field: string): { isLeaf: boolean } {
    const declared = this.services.get(service)?.getType(type);
    const definition =
      isObjectType(declared) || isInterfaceType(declared) ? declared.getFields()[field] : undefined;
    if (!definition) throw new Error(`${service} has no ${type}.${field}`);
    return { isLeaf: isLeafType(getNamedType(definition.type)) };
  }

  /** The services that resolve a field, by the directives of the type and of its interface objects. */
  private owners(typename: string, field: string): Owner[] {
    const definition = this.schema.types.get(typename);
    if (
      definition?.kind !== Kind.OBJECT_TYPE_DEFINITION &&
      definition?.kind !== Kind.INTERFACE_TYPE_DEFINITION
    )
      return [];
    const [joinField, joinType] = [
      this.schema.directiveName('join', 'field'),
      this.schema.directiveName('join', 'type'),
    ];
    const joins = (definition.fields?.find(one => one.name.value === field)?.directives ?? []).filter(
      one => one.name.value === joinField,
    );
    const owners: Owner[] = [];
    for (const join of joins) {
      const service = this.names.get(directiveArgument(join, 'graph'));
      const requires = directiveArgument(join, 'requires');
      const isKey =
        service !== undefined &&
        this.keys(service, typename).some(key =>
          key.selections.some(one => one.kind === Kind.FIELD && one.name.value === field),
        );
      if (service === undefined || directiveArgument(join, 'usedOverridden') === true) continue;
      if (directiveArgument(join, 'external') === true && !isKey) continue;
      owners.push({
        service,
        type: typename,
        requires: typeof requires === 'string' ? setOf(requires) : undefined,
      });
    }
    const joined = (definition.directives ?? []).filter(one => one.name.value === joinType);
    if (joins.length === 0) {
      for (const one of joined) {
        owners.push({
          service: this.names.get(directiveArgument(one, 'graph')) ?? '',
          type: typename,
          requires: undefined,
        });
      }
    }
    for (const { name } of definition.interfaces ?? []) {
      const objects = (this.schema.types.get(name.value)?.directives ?? []).filter(
        one => one.name.value === joinType && directiveArgument(one, 'isInterfaceObject') === true,
      );
      const services = objects.map(one => this.names.get(directiveArgument(one, 'graph')));
      owners.push(...this.owners(name.value, field).filter(({ service }) => services.includes(service)));
    }
    return owners;
  }

  private keys(service: string, typename: string): SelectionSetNode[] {
    const joinType = this.schema.directiveName('join', 'type');
    return (this.schema.types.get(typename)?.directives ?? []).flatMap(one => {
      const key = one.name.value === joinType ? directiveArgument(one, 'key') : undefined;
      const isHere = this.names.get(directiveArgument(one, 'graph')) === service;
      return isHere && typeof key === 'string' && directiveArgument(one, 'resolvable') !== false
        ? [setOf(key)]
        : [];
    });
  }
}

function setOf(text: string): SelectionSetNode {
  const [definition] = parse(`{${text}}`).definitions;
  if (definition?.kind !== Kind.OPERATION_DEFINITION) throw new Error(text);
  return definition.selectionSet;
}
