import {
  type ArgumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { invalid } from '../../platform/errors';
import { RequestError } from '../request-error';
import type { FieldCost, FieldCosts } from './cost-directives';
import type { ParsedOperation } from './document';
import { type OperationLimits, overLimit } from './limits';

export interface CostReport {
  readonly estimated: number;
  readonly maximum: number;
}

/** The cost of an operation for these variables. @throws RequestError when it is over the limit */
export type OperationCost = (variables: Readonly<Record<string, unknown>>) => CostReport;

/** A cost that may depend on page sizes given by variables. */
type Amount = number | ((variables: Readonly<Record<string, unknown>>) => number);

/**
 * Estimates the cost of an operation by the IBM cost specification as the router applies it
 * (https://www.apollographql.com/docs/graphos/routing/security/demand-control#calculating-cost): an object costs 1, a leaf 0, a mutation
 * 10 more. A list costs its expected size times its item. `@cost(weight:)` replaces the cost of a field, type or argument, and `@listSize`
 * gives the size of a list.
 */
export function compileCost(
  costs: FieldCosts,
  rootType: string | undefined,
  { operation, fragments }: ParsedOperation,
  limits: OperationLimits,
): OperationCost {
  const base = operation.operation === 'mutation' ? 10 : 0;
  const estimate = new Estimate(costs, fragments, limits);
  const total = rootType ? plus(base, estimate.ofSet(operation.selectionSet, rootType, noSizes)) : 0;
  return costOf(total, limits.maxCost);
}

/** The sizes of the sized fields of a list. */
type Sizes = ReadonlyMap<string, Amount>;

const noSizes: Sizes = new Map();

class Estimate {
  private readonly measured = new Map<string, Amount>();

  constructor(
    private readonly costs: FieldCosts,
    private readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>,
    private readonly limits: OperationLimits,
  ) {}

  ofSet({ selections }: SelectionSetNode, typeName: string, sizes: Sizes): Amount {
    let total: Amount = 0;
    for (const node of selections) total = plus(total, this.ofNode(node, typeName, sizes));
    return total;
  }

  private ofNode(node: SelectionNode, typeName: string, sizes: Sizes): Amount {
    if (node.kind === Kind.FIELD) return this.ofField(node, typeName, sizes);
    if (node.kind === Kind.FRAGMENT_SPREAD) return this.ofFragment(node.name.value, sizes);
    return this.ofSet(node.selectionSet, node.typeCondition?.name.value ?? typeName, sizes);
  }

  private ofFragment(name: string, sizes: Sizes): Amount {
    // Inside a sized list the fragment may have another cost, so only other uses are cached.
    const known = sizes.size === 0 ? this.measured.get(name) : undefined;
    if (known !== undefined) return known;
    const fragment = this.fragments.get(name);
    if (!fragment) return 0;
    const amount = this.ofSet(fragment.selectionSet, fragment.typeCondition.name.value, sizes);
    if (sizes.size === 0) this.measured.set(name, amount);
    return amount;
  }

  private ofField(node: FieldNode, typeName: string, sizes: Sizes): Amount {
    const name = node.name.value;
    const field = name.startsWith('__') ? undefined : this.costs.of(typeName, name);
    if (!field) return 0;
    const given = node.arguments ?? [];
    const slice = sliceOf(field, given, this.limits);
    const expected = slice ?? field.assumedSize ?? this.limits.assumedListSize;
    const hasSize = slice !== undefined || field.assumedSize !== undefined;
    let item: Amount = field.weight;
    if (node.selectionSet) {
      const inner = hasSize ? new Map(field.sizedFields.map(sized => [sized, expected])) : noSizes;
      item = plus(item, this.ofSet(node.selectionSet, field.typeName, inner));
    }
    let cost: Amount = field.isList ? times(sizes.get(name) ?? expected, item) : item;
    for (const argument of given) cost = plus(cost, field.argumentWeights.get(argument.name.value) ?? 0);
    return cost;
  }
}

// Outside of the function above: a closure there would keep the whole document in memory.
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
        const size = variables[variable];
        return typeof size === 'number' ? pageSize(name, size, limits) : byDefault;
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
