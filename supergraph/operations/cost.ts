import {
  type ArgumentNode,
  type FieldDefinitionNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type TypeNode,
} from 'graphql';
import { invalid } from '../../platform/errors';
import { RequestError } from '../request-error';
import { directiveArgument } from '../schema/directive-argument';
import type { SupergraphSchema } from '../schema/supergraph-schema';
import { type OperationLimits, overLimit } from './limits';

export interface CostReport {
  readonly estimated: number;
  readonly maximum: number;
}

/** The cost of an operation for these variables; throws when it is more than anyone may ask for. */
export type OperationCost = (variables: Readonly<Record<string, unknown>>) => CostReport;

/** A cost that may depend on page sizes given by variables. */
type Amount = number | ((variables: Readonly<Record<string, unknown>>) => number);

interface FieldCost {
  readonly weight: number;
  readonly isList: boolean;
  readonly typeName: string;
  readonly assumedSize: number | undefined;
  readonly slicingArguments: readonly string[];
  readonly sizedFields: readonly string[];
  readonly argumentWeights: ReadonlyMap<string, number>;
  readonly defaults: ReadonlyMap<string, number>;
}

/**
 * Estimates what an operation costs, after the IBM cost specification as the router applies it
 * (https://www.apollographql.com/docs/graphos/routing/security/demand-control#calculating-cost): an object costs 1, a leaf 0, a mutation 10 more; a list costs its
 * expected size times its item; `@cost(weight:)` replaces the cost of a field, type or argument, `@listSize` says how long a list is.
 */
export function compileCost(
  schema: SupergraphSchema,
  api: GraphQLSchema,
  operation: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  limits: OperationLimits,
): OperationCost {
  const reader = readerOf(schema);
  const root = api.getRootType(operation.operation)?.name;
  const measured = new Map<string, Amount>();

  const ofSet = (set: SelectionSetNode, typeName: string, sizes: ReadonlyMap<string, Amount>): Amount => {
    let total: Amount = 0;
    for (const node of set.selections) {
      if (node.kind === Kind.FIELD) {
        total = plus(
          total,
          ofField(node.name.value, node.arguments ?? [], node.selectionSet, typeName, sizes),
        );
      } else if (node.kind === Kind.INLINE_FRAGMENT) {
        total = plus(total, ofSet(node.selectionSet, node.typeCondition?.name.value ?? typeName, sizes));
      } else {
        const name = node.name.value;
        const fragment = fragments.get(name);
        if (!fragment) continue;
        // Inside a sized list the same fragment may cost something else, so only plain uses are remembered.
        let amount = sizes.size === 0 ? measured.get(name) : undefined;
        if (amount === undefined) {
          amount = ofSet(fragment.selectionSet, fragment.typeCondition.name.value, sizes);
          if (sizes.size === 0) measured.set(name, amount);
        }
        total = plus(total, amount);
      }
    }
    return total;
  };

  const ofField = (
    name: string,
    given: readonly ArgumentNode[],
    set: SelectionSetNode | undefined,
    typeName: string,
    sizes: ReadonlyMap<string, Amount>,
  ): Amount => {
    if (name.startsWith('__')) return 0;
    const field = reader.field(typeName, name);
    if (!field) return 0;
    let slice = sliceOf(field, given, limits);
    const expected = slice ?? field.assumedSize ?? limits.assumedListSize;
    const inner = new Map<string, Amount>();
    if (slice !== undefined || field.assumedSize !== undefined) {
      for (const sized of field.sizedFields) inner.set(sized, expected);
    }
    if (sizes.has(name)) slice = sizes.get(name);
    let item: Amount = field.weight;
    if (set) item = plus(item, ofSet(set, field.typeName, inner));
    let cost: Amount = field.isList ? times(slice ?? expected, item) : item;
    for (const argument of given) cost = plus(cost, field.argumentWeights.get(argument.name.value) ?? 0);
    return cost;
  };

  const base = operation.operation === 'mutation' ? 10 : 0;
  const total = root ? plus(base, ofSet(operation.selectionSet, root, new Map())) : 0;
  return costOf(total, limits.maxCost);
}

// Outside of the function above, whose scope holds the whole document: what is returned is kept as long as the operation.
function costOf(total: Amount, maximum: number): OperationCost {
  const check = (estimated: number): CostReport => {
    if (estimated > maximum) throw overLimit('cost', maximum, Math.ceil(estimated));
    return { estimated, maximum };
  };
  if (typeof total !== 'number') return variables => check(total(variables));
  if (!Number.isFinite(total)) throw overLimit('cost', maximum);
  const report = check(total);
  return () => report;
}

function sliceOf(
  field: FieldCost,
  given: readonly ArgumentNode[],
  limits: OperationLimits,
): Amount | undefined {
  let found: Amount | undefined;
  for (const name of field.slicingArguments) {
    const value = given.find(a => a.name.value === name)?.value;
    let amount: Amount | undefined;
    if (value?.kind === Kind.INT) {
      amount = pageSize(name, Number(value.value), limits);
    } else if (value?.kind === Kind.VARIABLE) {
      const variable = value.name.value;
      const byDefault = field.defaults.get(name) ?? field.assumedSize ?? limits.assumedListSize;
      amount = variables => {
        const asked = variables[variable];
        return typeof asked === 'number' ? pageSize(name, asked, limits) : byDefault;
      };
    } else if (!value) {
      amount = field.defaults.get(name);
    }
    // Several slicing arguments: the longest list any of them allows.
    if (amount !== undefined) found = found === undefined ? amount : larger(found, amount);
  }
  return found;
}

function pageSize(argument: string, size: number, limits: OperationLimits): number {
  if (size > limits.maxPageSize) throw overLimit(`page size (${argument})`, limits.maxPageSize, size);
  if (size < 0) {
    const error = invalid([{ field: argument, message: 'must not be negative' }]);
    throw new RequestError('variables', error, error.message, { details: error.details });
  }
  return size;
}

function combine(a: Amount, b: Amount, operation: (x: number, y: number) => number): Amount {
  if (typeof a === 'number' && typeof b === 'number') return operation(a, b);
  return variables =>
    operation(typeof a === 'number' ? a : a(variables), typeof b === 'number' ? b : b(variables));
}
const plus = (a: Amount, b: Amount): Amount => combine(a, b, (x, y) => x + y);
const times = (a: Amount, b: Amount): Amount => combine(a, b, (x, y) => x * y);
const larger = (a: Amount, b: Amount): Amount => combine(a, b, Math.max);

interface CostReader {
  field(typeName: string, name: string): FieldCost | undefined;
}

const readers = new WeakMap<SupergraphSchema, CostReader>();

function readerOf(schema: SupergraphSchema): CostReader {
  let reader = readers.get(schema);
  if (!reader) {
    reader = createReader(schema);
    readers.set(schema, reader);
  }
  return reader;
}

function createReader(schema: SupergraphSchema): CostReader {
  const costName = schema.directiveName('cost', 'cost');
  const listSizeName = schema.directiveName('cost', 'listSize');
  const known = new Map<string, FieldCost | undefined>();
  const weightOf = (
    node: FieldDefinitionNode | { directives?: FieldDefinitionNode['directives'] },
  ): number | undefined => {
    const directive = node.directives?.find(d => d.name.value === costName);
    const weight = directive && directiveArgument(directive, 'weight');
    return typeof weight === 'number' ? weight : undefined;
  };
  const read = (typeName: string, name: string): FieldCost | undefined => {
    const type = schema.types.get(typeName);
    if (type?.kind !== Kind.OBJECT_TYPE_DEFINITION && type?.kind !== Kind.INTERFACE_TYPE_DEFINITION)
      return undefined;
    const field = type.fields?.find(f => f.name.value === name);
    if (!field) return undefined;
    const { isList, named } = unwrap(field.type);
    const returned = schema.types.get(named);
    const isLeaf =
      !returned ||
      returned.kind === Kind.SCALAR_TYPE_DEFINITION ||
      returned.kind === Kind.ENUM_TYPE_DEFINITION;
    const listSize = field.directives?.find(d => d.name.value === listSizeName);
    const assumed = listSize && directiveArgument(listSize, 'assumedSize');
    const argumentWeights = new Map<string, number>();
    const defaults = new Map<string, number>();
    for (const argument of field.arguments ?? []) {
      const weight = weightOf(argument);
      if (weight !== undefined) argumentWeights.set(argument.name.value, weight);
      if (argument.defaultValue?.kind === Kind.INT)
        defaults.set(argument.name.value, Number(argument.defaultValue.value));
    }
    const slicing = strings(listSize && directiveArgument(listSize, 'slicingArguments'));
    return {
      weight: weightOf(field) ?? (returned && weightOf(returned)) ?? (isLeaf ? 0 : 1),
      isList,
      typeName: named,
      assumedSize: typeof assumed === 'number' ? assumed : undefined,
      // A page size is one whether or not the schema says so; the usual names are taken for what they are.
      slicingArguments: listSize
        ? slicing
        : (field.arguments ?? []).map(a => a.name.value).filter(n => pageArguments.has(n)),
      sizedFields: listSize
        ? strings(directiveArgument(listSize, 'sizedFields'))
        : isList
          ? []
          : connectionFields,
      argumentWeights,
      defaults,
    };
  };
  return {
    field(typeName, name) {
      const key = `${typeName}.${name}`;
      if (!known.has(key)) known.set(key, read(typeName, name));
      return known.get(key);
    },
  };
}

/** Where a connection keeps its page: https://relay.dev/graphql/connections.htm. */
const connectionFields = ['edges', 'nodes', 'items'];
const pageArguments = new Set(['first', 'last', 'limit', 'pageSize']);

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter(v => typeof v === 'string') : [];
}

function unwrap(node: TypeNode): { isList: boolean; named: string } {
  let isList = false;
  let type = node;
  while (type.kind !== Kind.NAMED_TYPE) {
    if (type.kind === Kind.LIST_TYPE) isList = true;
    type = type.type;
  }
  return { isList, named: type.name.value };
}
