import {
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  type SelectionSetNode,
} from 'graphql';
import { overLimit } from './limits';

type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;

/** One, so that a limit on requests limits attempts too, and a request hashes one password at most. */
const maxSignInAttempts = 1;

/**
 * Refuses an operation with several sign-in attempts, under any alias and in any fragment.
 *
 * @param credentialMutations the mutations that are attempts: `@tag(name: "credentials")` marks them in the supergraph
 * @returns whether the operation is an attempt
 * @throws RequestError OPERATION_LIMIT_EXCEEDED
 */
export function assertFewSignInAttempts(
  operation: OperationDefinitionNode,
  fragments: Fragments,
  credentialMutations: ReadonlySet<string>,
): boolean {
  if (operation.operation !== OperationTypeNode.MUTATION || credentialMutations.size === 0) return false;
  const attempts = countRootFields(operation, fragments, name => credentialMutations.has(name));
  if (attempts > maxSignInAttempts) throw overLimit('sign-in attempts', maxSignInAttempts, attempts);
  return attempts > 0;
}

/**
 * Counts root fields, including fields that a condition leaves out. Each fragment is visited once, however often it is spread.
 *
 * @param fragments of the document; none may spread itself
 */
export function countRootFields(
  operation: OperationDefinitionNode,
  fragments: Fragments,
  isCounted: (fieldName: string) => boolean,
): number {
  const counts = new Map<string, number>();
  const ofFragment = (name: string): number => {
    let count = counts.get(name);
    if (count === undefined) {
      const fragment = fragments.get(name);
      count = fragment ? ofSet(fragment.selectionSet) : 0;
      counts.set(name, count);
    }
    return count;
  };
  const ofSet = ({ selections }: SelectionSetNode): number => {
    let count = 0;
    for (const node of selections) {
      if (node.kind === Kind.FIELD) count += isCounted(node.name.value) ? 1 : 0;
      else if (node.kind === Kind.INLINE_FRAGMENT) count += ofSet(node.selectionSet);
      else count += ofFragment(node.name.value);
    }
    return count;
  };
  return ofSet(operation.selectionSet);
}
