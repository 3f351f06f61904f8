import {
  type DirectiveNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { platformErrors } from '../../platform/errors';
import { exceededTextLimit } from '../../platform/graphql/text-limits';
import { gatewayErrors } from '../errors';
import { RequestError } from '../execution/errors';
import { maxSignInAttempts, signInAttempts } from './sign-in-attempts';

/** What one operation may ask for. All are counted with fragments expanded, where that makes a difference. */
export interface OperationLimits {
  /** Characters of the document. */
  readonly maxLength: number;
  readonly maxTokens: number;
  /** Brackets inside brackets, of every kind: what a recursive parser recurses on. */
  readonly maxNesting: number;
  readonly maxDepth: number;
  readonly maxAliases: number;
  readonly maxRootFields: number;
  readonly maxDirectives: number;
  readonly maxFields: number;
  readonly maxFragments: number;
  readonly maxOperations: number;
  readonly maxVariables: number;
  /** The largest page a client may ask for, and what is assumed of a list nobody gave a size. */
  readonly maxPageSize: number;
  readonly assumedListSize: number;
  readonly maxCost: number;
}

export const defaultLimits: OperationLimits = {
  maxLength: 100_000,
  maxTokens: 5_000,
  maxNesting: 200,
  maxDepth: 15,
  maxAliases: 60,
  maxRootFields: 25,
  maxDirectives: 60,
  maxFields: 2_000,
  maxFragments: 60,
  maxOperations: 10,
  maxVariables: 100,
  maxPageSize: 1_000,
  assumedListSize: 10,
  maxCost: 50_000,
};

export function overLimit(limit: string, maximum: number, actual?: number): RequestError {
  return new RequestError(
    'limit',
    gatewayErrors.OPERATION_LIMIT_EXCEEDED,
    `The operation exceeds the limit on ${limit}`,
    {
      details: {
        limit,
        maximum,
        ...(actual === undefined ? {} : { actual: Math.min(actual, Number.MAX_SAFE_INTEGER) }),
      },
    },
  );
}

/** Checks the text before it is parsed: a parser recurses, and the stack is finite. */
export function checkText(text: string, limits: OperationLimits): void {
  const exceeded = exceededTextLimit(text, limits);
  if (exceeded !== undefined) throw overLimit(exceeded.limit, exceeded.maximum, exceeded.actual);
}

interface Measure {
  depth: number;
  aliases: number;
  fields: number;
  directives: number;
}

/**
 * Measures a parsed document. A fragment is measured once however often it is spread, and its numbers are multiplied: a bomb of
 * a hundred fragments that each spread the next twice costs a hundred steps here, not 2^100.
 */
export function checkDocument(document: DocumentNode, limits: OperationLimits): void {
  const fragments = new Map<string, FragmentDefinitionNode>();
  const operations: OperationDefinitionNode[] = [];
  let fragmentCount = 0;
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) {
      fragmentCount++;
      fragments.set(definition.name.value, definition);
    } else if (definition.kind === Kind.OPERATION_DEFINITION) {
      operations.push(definition);
    }
  }
  if (fragmentCount > limits.maxFragments) throw overLimit('fragments', limits.maxFragments, fragmentCount);
  if (operations.length > limits.maxOperations) {
    throw overLimit('operations', limits.maxOperations, operations.length);
  }

  const measured = new Map<string, Measure | 'running'>();
  const none: Measure = { depth: 0, aliases: 0, fields: 0, directives: 0 };
  const ofFragment = (name: string): Measure => {
    const known = measured.get(name);
    if (known === 'running') {
      throw new RequestError(
        'validation',
        platformErrors.GRAPHQL_VALIDATION_FAILED,
        'A fragment spreads itself',
      );
    }
    if (known) return known;
    const fragment = fragments.get(name);
    if (!fragment) return none;
    measured.set(name, 'running');
    const measure = ofSet(fragment.selectionSet);
    measure.directives += fragment.directives?.length ?? 0;
    measured.set(name, measure);
    return measure;
  };
  const ofSet = (set: SelectionSetNode): Measure => {
    const total: Measure = { depth: 0, aliases: 0, fields: 0, directives: 0 };
    const merge = (
      inner: Measure,
      extraDepth: number,
      directives: readonly DirectiveNode[] | undefined,
    ): void => {
      total.depth = Math.max(total.depth, inner.depth + extraDepth);
      total.aliases += inner.aliases;
      total.fields += inner.fields;
      total.directives += inner.directives + (directives?.length ?? 0);
    };
    for (const node of set.selections) {
      if (node.kind === Kind.FIELD) {
        total.fields++;
        if (node.alias) {
          total.aliases++;
          // Plans tell types apart by this response name; the spec keeps names with two underscores for itself.
          if (node.alias.value === '__typename' && node.name.value !== '__typename') {
            throw new RequestError(
              'validation',
              platformErrors.GRAPHQL_VALIDATION_FAILED,
              'The name "__typename" is reserved and cannot be an alias',
            );
          }
        }
        merge(node.selectionSet ? ofSet(node.selectionSet) : none, 1, node.directives);
      } else if (node.kind === Kind.INLINE_FRAGMENT) {
        merge(ofSet(node.selectionSet), 0, node.directives);
      } else {
        merge(ofFragment(node.name.value), 0, node.directives);
      }
    }
    return total;
  };

  // Fragments no operation uses are measured too: the checks that follow look at them as well.
  for (const name of fragments.keys()) ofFragment(name);
  for (const operation of operations) {
    const { depth, aliases, fields, directives } = ofSet(operation.selectionSet);
    const variables = operation.variableDefinitions?.length ?? 0;
    if (depth > limits.maxDepth && !isIntrospection(operation))
      throw overLimit('depth', limits.maxDepth, depth);
    if (aliases > limits.maxAliases) throw overLimit('aliases', limits.maxAliases, aliases);
    if (fields > limits.maxFields) throw overLimit('fields', limits.maxFields, fields);
    const allDirectives = directives + (operation.directives?.length ?? 0);
    if (allDirectives > limits.maxDirectives)
      throw overLimit('directives', limits.maxDirectives, allDirectives);
    if (variables > limits.maxVariables) throw overLimit('variables', limits.maxVariables, variables);
    const roots = rootFields(operation.selectionSet, fragments, new Map());
    if (roots > limits.maxRootFields) throw overLimit('root fields', limits.maxRootFields, roots);
    const attempts = signInAttempts(operation, fragments);
    if (attempts > maxSignInAttempts) throw overLimit('sign-in attempts', maxSignInAttempts, attempts);
  }
}

/** Tools ask for the schema some 20 levels deep; it is a bounded structure of our own. */
function isIntrospection(operation: OperationDefinitionNode): boolean {
  return operation.selectionSet.selections.every(
    node => node.kind === Kind.FIELD && node.name.value.startsWith('__'),
  );
}

function rootFields(
  set: SelectionSetNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  counted: Map<string, number>,
): number {
  let count = 0;
  for (const node of set.selections) {
    if (node.kind === Kind.FIELD) {
      count++;
    } else if (node.kind === Kind.INLINE_FRAGMENT) {
      count += rootFields(node.selectionSet, fragments, counted);
    } else {
      const name = node.name.value;
      let inner = counted.get(name);
      if (inner === undefined) {
        const fragment = fragments.get(name);
        inner = fragment ? rootFields(fragment.selectionSet, fragments, counted) : 0;
        counted.set(name, inner);
      }
      count += inner;
    }
  }
  return count;
}
