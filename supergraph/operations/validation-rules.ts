import {
  type DocumentNode,
  ExecutableDefinitionsRule,
  FieldsOnCorrectTypeRule,
  FragmentsOnCompositeTypesRule,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
  Kind,
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
  type SelectionNode,
  type SelectionSetNode,
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
import { areDistinct } from './distinct';

/** The rules of https://spec.graphql.org/October2021/#sec-Validation by the syntax that a document must contain to break them. */
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
 * The rules that a document with this text can break. graphql-js prepares each rule for each kind of node before it visits a node: on small
 * operations that is most of the cost of validation.
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

/**
 * Whether this is one query or mutation that consists of valid fields only, with distinct response names. Such a document breaks no rule and
 * needs no `checkFieldMerging`, which saves a quarter of the CPU of an operation never seen before. False does not mean invalid: then the
 * rules decide.
 */
export function isPlainlyValid(schema: GraphQLSchema, document: DocumentNode): boolean {
  const [operation, ...others] = document.definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION || others.length > 0) return false;
  if (operation.operation === 'subscription') return false;
  if (operation.variableDefinitions?.length || operation.directives?.length) return false;
  const root = schema.getRootType(operation.operation);
  return root !== undefined && root !== null && areFieldsRight(root, operation.selectionSet);
}

function responseName(node: SelectionNode): string {
  return node.kind === Kind.FIELD ? (node.alias ?? node.name).value : '';
}

function areFieldsRight(parent: GraphQLOutputType, { selections }: SelectionSetNode): boolean {
  if (!isObjectType(parent) && !isInterfaceType(parent)) return false;
  if (!areDistinct(selections, responseName)) return false;
  const fields = parent.getFields();
  for (const node of selections) {
    if (node.kind !== Kind.FIELD || node.arguments?.length || node.directives?.length) return false;
    if (node.name.value === '__typename') {
      if (node.selectionSet) return false;
      continue;
    }
    const field = fields[node.name.value];
    if (field === undefined || field.args.some(isRequiredArgument)) return false;
    const type = getNamedType(field.type);
    if (isLeafType(type) ? node.selectionSet : !node.selectionSet || !areFieldsRight(type, node.selectionSet))
      return false;
  }
  return true;
}
