import { type ConstDirectiveNode, valueFromASTUntyped } from 'graphql';

/** The value of one argument of a directive, as plain JavaScript; undefined where it is not written. */
export function directiveArgument(directive: ConstDirectiveNode, name: string): unknown {
  const argument = directive.arguments?.find(a => a.name.value === name);
  return argument ? valueFromASTUntyped(argument.value) : undefined;
}
