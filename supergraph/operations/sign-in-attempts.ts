import {
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  type SelectionSetNode,
} from 'graphql';

/**
 * One: whoever limits requests then limits attempts, and nobody makes the auth service hash a password for each alias. Every
 * attempt is counted there one by one in any case, however it comes.
 */
export const maxSignInAttempts = 1;

/** Mutations that try a credential or a code, or take as much work as that. */
const attempts = new Set([
  'login',
  'completeLogin',
  'reauthenticate',
  'register',
  'refresh',
  'verifyEmail',
  'requestPasswordReset',
  'resetPassword',
  'acceptInvitation',
  'changePassword',
  'confirmTotp',
  'disableTotp',
]);

/**
 * How many root fields of a mutation are attempts, under whatever alias and in whatever fragment; those a condition leaves
 * out count as well. A fragment is looked at once, however often it is spread.
 *
 * @param fragments of the document, none of which spreads itself
 */
export function signInAttempts(
  operation: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): number {
  if (operation.operation !== OperationTypeNode.MUTATION) return 0;
  const counted = new Map<string, number>();
  const within = (set: SelectionSetNode): number => {
    let count = 0;
    for (const node of set.selections) {
      if (node.kind === Kind.FIELD) count += attempts.has(node.name.value) ? 1 : 0;
      else if (node.kind === Kind.INLINE_FRAGMENT) count += within(node.selectionSet);
      else {
        const name = node.name.value;
        const fragment = fragments.get(name);
        if (fragment === undefined) continue;
        if (!counted.has(name)) counted.set(name, within(fragment.selectionSet));
        count += counted.get(name)!;
      }
    }
    return count;
  };
  return within(operation.selectionSet);
}
