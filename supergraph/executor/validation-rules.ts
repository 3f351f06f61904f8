import {
  ExecutableDefinitionsRule,
  FieldsOnCorrectTypeRule,
  FragmentsOnCompositeTypesRule,
  KnownArgumentNamesRule,
  KnownDirectivesRule,
  KnownFragmentNamesRule,
  KnownTypeNamesRule,
  LoneAnonymousOperationRule,
  NoFragmentCyclesRule,
  NoUndefinedVariablesRule,
  NoUnusedFragmentsRule,
  NoUnusedVariablesRule,
  PossibleFragmentSpreadsRule,
  ProvidedRequiredArgumentsRule,
  ScalarLeafsRule,
  SingleFieldSubscriptionsRule,
  UniqueArgumentNamesRule,
  UniqueDirectivesPerLocationRule,
  UniqueFragmentNamesRule,
  UniqueInputFieldNamesRule,
  UniqueOperationNamesRule,
  UniqueVariableNamesRule,
  type ValidationRule,
  ValuesOfCorrectTypeRule,
  VariablesAreInputTypesRule,
  VariablesInAllowedPositionRule,
} from 'graphql';

/** The rules of https://spec.graphql.org/October2021/#sec-Validation with what a document has to contain for them to find anything. */
const always: readonly ValidationRule[] = [
  ExecutableDefinitionsRule,
  UniqueOperationNamesRule,
  LoneAnonymousOperationRule,
  ScalarLeafsRule,
  FieldsOnCorrectTypeRule,
  ProvidedRequiredArgumentsRule,
];
const ofSubscriptions: readonly ValidationRule[] = [SingleFieldSubscriptionsRule];
const ofFragments: readonly ValidationRule[] = [
  FragmentsOnCompositeTypesRule,
  UniqueFragmentNamesRule,
  KnownFragmentNamesRule,
  NoUnusedFragmentsRule,
  PossibleFragmentSpreadsRule,
  NoFragmentCyclesRule,
];
const ofVariables: readonly ValidationRule[] = [
  VariablesAreInputTypesRule,
  UniqueVariableNamesRule,
  NoUndefinedVariablesRule,
  NoUnusedVariablesRule,
  VariablesInAllowedPositionRule,
];
const ofTypeNames: readonly ValidationRule[] = [KnownTypeNamesRule];
const ofDirectives: readonly ValidationRule[] = [KnownDirectivesRule, UniqueDirectivesPerLocationRule];
const ofArguments: readonly ValidationRule[] = [
  KnownArgumentNamesRule,
  UniqueArgumentNamesRule,
  ValuesOfCorrectTypeRule,
  UniqueInputFieldNamesRule,
];
/** `OverlappingFieldsCanBeMergedRule` is not among them: `checkFieldMerging` does its work in bounded time. */
const byMask = new Map<number, readonly ValidationRule[]>();

/**
 * The rules that a document with this text can break. graphql-js pays for each rule once per kind of node, before it looks at the first
 * one: on small operations that is most of what validation costs.
 */
export function rulesFor(text: string): readonly ValidationRule[] {
  const hasFragments = text.includes('...') || text.includes('fragment');
  const hasVariables = text.includes('$');
  const mask =
    (hasFragments ? 1 : 0) |
    (hasVariables ? 2 : 0) |
    (text.includes('@') ? 4 : 0) |
    (text.includes('(') ? 8 : 0) |
    (text.includes('subscription') ? 16 : 0);
  let rules = byMask.get(mask);
  if (!rules) {
    rules = [
      ...always,
      ...(mask & 1 ? ofFragments : []),
      ...(mask & 2 ? ofVariables : []),
      ...(mask & 3 ? ofTypeNames : []),
      ...(mask & 4 ? ofDirectives : []),
      ...(mask & 8 ? ofArguments : []),
      ...(mask & 16 ? ofSubscriptions : []),
    ];
    byMask.set(mask, rules);
  }
  return rules;
}
