import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { platformErrors } from '../../platform/errors';
import { fragmentsOf } from '../../platform/graphql/document';
import { exceededTextLimit } from '../../platform/graphql/text-limits';
import { RequestError } from '../request-error';
import { type OperationLimits, overLimit } from './limits';
import { assertFewSignInAttempts, countRootFields } from './sign-in-attempts';

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

const nothing: Measure = { depth: 0, aliases: 0, fields: 0, directives: 0 };

/**
 * Checks a parsed document against the limits.
 *
 * @param credentialMutations see `SupergraphSchema.credentialMutations`
 * @throws RequestError OPERATION_LIMIT_EXCEEDED
 */
export function checkDocument(
  document: DocumentNode,
  limits: OperationLimits,
  credentialMutations: ReadonlySet<string>,
): void {
  const definitions = document.definitions.filter(d => d.kind === Kind.FRAGMENT_DEFINITION).length;
  const operations = document.definitions.filter(d => d.kind === Kind.OPERATION_DEFINITION);
  assertAtMost('fragments', limits.maxFragments, definitions);
  assertAtMost('operations', limits.maxOperations, operations.length);
  const fragments = fragmentsOf(document);
  const measurement = new Measurement(fragments);
  // Fragments that no operation uses are measured too: the checks that follow visit them as well.
  for (const name of fragments.keys()) measurement.ofFragment(name);
  for (const operation of operations) {
    const { depth, aliases, fields, directives } = measurement.ofSet(operation.selectionSet);
    assertAtMost('depth', isIntrospection(operation) ? maxIntrospectionDepth : limits.maxDepth, depth);
    assertAtMost('aliases', limits.maxAliases, aliases);
    assertAtMost('fields', limits.maxFields, fields);
    assertAtMost('directives', limits.maxDirectives, directives + (operation.directives?.length ?? 0));
    assertAtMost('variables', limits.maxVariables, operation.variableDefinitions?.length ?? 0);
    assertAtMost(
      'root fields',
      limits.maxRootFields,
      countRootFields(operation, fragments, () => true),
    );
    assertFewSignInAttempts(operation, fragments, credentialMutations);
  }
}

function assertAtMost(limit: string, maximum: number, actual: number): void {
  if (actual > maximum) throw overLimit(limit, maximum, actual);
}

/**
 * Measures selection sets. Each fragment is measured once and its numbers are multiplied: a hundred fragments that each spread the next
 * one twice take a hundred steps, not 2^100.
 */
class Measurement {
  private readonly measured = new Map<string, Measure | 'running'>();

  constructor(private readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>) {}

  ofFragment(name: string): Measure {
    const known = this.measured.get(name);
    if (known === 'running') throw invalid('A fragment spreads itself');
    if (known) return known;
    const fragment = this.fragments.get(name);
    if (!fragment) return nothing;
    this.measured.set(name, 'running');
    const measure = this.ofSet(fragment.selectionSet);
    measure.directives += fragment.directives?.length ?? 0;
    this.measured.set(name, measure);
    return measure;
  }

  ofSet({ selections }: SelectionSetNode): Measure {
    const total: Measure = { ...nothing };
    for (const node of selections) {
      const inner = this.ofNode(node);
      if (node.kind === Kind.FIELD) {
        total.fields++;
        if (node.alias) total.aliases++;
        total.depth = Math.max(total.depth, inner.depth + 1);
      } else {
        total.depth = Math.max(total.depth, inner.depth);
      }
      total.aliases += inner.aliases;
      total.fields += inner.fields;
      total.directives += inner.directives + (node.directives?.length ?? 0);
    }
    return total;
  }

  private ofNode(node: SelectionNode): Measure {
    if (node.kind === Kind.FRAGMENT_SPREAD) return this.ofFragment(node.name.value);
    if (node.kind === Kind.FIELD) assertAlias(node);
    return node.selectionSet ? this.ofSet(node.selectionSet) : nothing;
  }
}

/** Plans distinguish types by the response name `__typename`. */
function assertAlias({ alias, name }: FieldNode): void {
  if (alias?.value !== '__typename' || name.value === '__typename') return;
  throw invalid('The name "__typename" is reserved and cannot be an alias');
}

function invalid(message: string): RequestError {
  return new RequestError('validation', platformErrors.GRAPHQL_VALIDATION_FAILED, message);
}

/** Tools query the schema some 15 levels deep. `introspection.ts` limits the size of the answer. */
const maxIntrospectionDepth = 30;

function isIntrospection(operation: OperationDefinitionNode): boolean {
  return operation.selectionSet.selections.every(
    node => node.kind === Kind.FIELD && node.name.value.startsWith('__'),
  );
}
