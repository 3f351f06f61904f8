import {
  type GraphQLInputType,
  type GraphQLSchema,
  getVariableValues,
  isEnumType,
  isListType,
  isNonNullType,
  isScalarType,
  type OperationDefinitionNode,
  typeFromAST,
  type VariableDefinitionNode,
} from 'graphql';
import { invalid } from '../../platform/errors';
import { coercionFault } from '../../platform/graphql/error-format';
import { RequestError } from '../request-error';
import { planVariable } from './planner-text';

/**
 * Coerces the variables of a request: https://spec.graphql.org/October2021/#sec-Coercing-Variable-Values.
 *
 * A value that already has its type is taken as it is. Only others go through graphql-js's coercion, which also writes the errors.
 */
export type CoerceVariables = (given: Readonly<Record<string, unknown>>) => Record<string, unknown>;

interface Declared {
  readonly name: string;
  readonly isPlain: (value: unknown) => boolean;
  readonly mayBeAbsent: boolean;
}

export function compileVariables(schema: GraphQLSchema, operation: OperationDefinitionNode): CoerceVariables {
  const definitions = operation.variableDefinitions ?? [];
  if (definitions.length === 0) return () => ({});
  const declared: Declared[] = definitions.map(definition => {
    const type = typeFromAST(schema, definition.type as never) as GraphQLInputType | undefined;
    return {
      name: definition.variable.name.value,
      isPlain: type ? plainCheck(type) : () => false,
      mayBeAbsent: type !== undefined && !isNonNullType(type) && !definition.defaultValue,
    };
  });
  const isRenamed = declared.some(d => planVariable(d.name) !== d.name);
  return given => {
    const values: Record<string, unknown> = {};
    for (const { name, isPlain, mayBeAbsent } of declared) {
      const value = Object.hasOwn(given, name) ? given[name] : undefined;
      if (value === undefined ? mayBeAbsent : isPlain(value)) {
        if (value !== undefined) values[name] = value;
        continue;
      }
      return withRenamed(coerceFully(schema, definitions, given), isRenamed);
    }
    return withRenamed(values, isRenamed);
  };
}

function withRenamed(values: Record<string, unknown>, isRenamed: boolean): Record<string, unknown> {
  if (isRenamed) {
    for (const name of Object.keys(values)) values[planVariable(name)] = values[name];
  }
  return values;
}

function coerceFully(
  schema: GraphQLSchema,
  definitions: readonly VariableDefinitionNode[],
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const result = getVariableValues(schema, definitions, given, { maxErrors: 20 });
  if (result.errors) {
    // graphql-js repeats the offending value in its messages; it may be a password.
    const error = invalid(result.errors.map(each => coercionFault(each.message)));
    throw new RequestError('variables', error, error.message, { details: error.details });
  }
  return { ...result.coerced };
}

function plainCheck(type: GraphQLInputType): (value: unknown) => boolean {
  if (isNonNullType(type)) {
    const check = plainCheck(type.ofType);
    return value => value !== null && check(value);
  }
  const check = plainNullable(type);
  return value => value === null || check(value);
}

function plainNullable(type: GraphQLInputType): (value: unknown) => boolean {
  if (isListType(type)) {
    const check = plainCheck(type.ofType);
    return value => Array.isArray(value) && value.every(check);
  }
  if (isScalarType(type)) {
    switch (type.name) {
      case 'String':
      case 'ID':
        return value => typeof value === 'string';
      case 'Boolean':
        return value => typeof value === 'boolean';
      case 'Int':
        return value => typeof value === 'number' && (value | 0) === value;
      case 'Float':
        return value => typeof value === 'number' && Number.isFinite(value);
    }
  }
  if (isEnumType(type)) return value => typeof value === 'string' && type.getValue(value) !== undefined;
  // Input objects and custom scalars take the whole way.
  return () => false;
}
