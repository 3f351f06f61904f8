import type { GeneratorValue } from 'fast-check';
import * as fc from 'fast-check';
import {
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredArgument,
  isRequiredInputField,
  isUnionType,
} from 'graphql';

export interface RandomOperation {
  readonly query: string;
  readonly variables: Record<string, unknown>;
}

export interface RandomOptions {
  readonly maxDepth?: number;
  /** `colliding` aliases are those of other fields as often as not; a `distinct` one always means the same. */
  readonly aliases?: 'colliding' | 'distinct';
  /** Whether there is `@skip` and `@include`. */
  readonly hasConditions?: boolean;
}

/**
 * Makes up an operation over any schema: fields, aliases that collide where they may, arguments by literal and by variable, inline
 * and named fragments on every type that can overlap, `@skip` and `@include` by literal and by variable.
 */
export function randomOperation(
  g: GeneratorValue,
  schema: GraphQLSchema,
  root: GraphQLCompositeType,
  options: RandomOptions = {},
): RandomOperation {
  const { maxDepth = 4, aliases = 'colliding', hasConditions = true } = options;
  const variables: Record<string, unknown> = {};
  const declared: string[] = [];
  const fragments: string[] = [];
  let fields = 0;
  const chance = (percent: number): boolean => g(fc.nat, { max: 99 }) < percent;
  const pick = <T>(items: readonly T[]): T => items[g(fc.nat, { max: items.length - 1 })] as T;

  const variable = (type: string, value: unknown): string => {
    const name = `v${declared.length}`;
    declared.push(`$${name}: ${type}`);
    if (value !== undefined) variables[name] = value;
    return `$${name}`;
  };
  const condition = (): string => {
    if (!hasConditions || !chance(12)) return '';
    const name = pick(['skip', 'include']);
    const value = chance(50);
    if (chance(50)) return ` @${name}(if: ${value})`;
    const asDefault = chance(30);
    const type = asDefault ? `Boolean${pick(['', '!'])} = ${value}` : 'Boolean!';
    return ` @${name}(if: ${variable(type, asDefault ? undefined : value)})`;
  };
  const inputValue = (type: GraphQLInputType, depth = 0): unknown => {
    if (isNonNullType(type)) return inputValue(type.ofType, depth);
    if (chance(8)) return null;
    if (isListType(type)) {
      // Input coercion makes a list of what is none: https://spec.graphql.org/October2021/#sec-List.Input-Coercion.
      if (chance(10) && !isListType(type.ofType)) return orNot(inputValue(type.ofType, depth + 1), type);
      return Array.from({ length: g(fc.nat, { max: 2 }) }, () => inputValue(type.ofType, depth + 1));
    }
    if (isEnumType(type)) return pick(type.getValues()).name;
    if (isInputObjectType(type)) {
      const value: Record<string, unknown> = {};
      for (const field of Object.values(type.getFields())) {
        if (!isRequiredInputField(field) && (depth > 3 || chance(50))) continue;
        value[field.name] = inputValue(field.type, depth + 1);
      }
      return value;
    }
    switch (type.name) {
      case 'Int':
        return g(fc.nat, { max: 5 });
      case 'Float':
        return pick([0, 1.5, -2e10]);
      case 'Boolean':
        return chance(50);
      default:
        return pick(['User:1', 'x"\\é', '']);
    }
  };
  /** A null outside of the list would mean something else than a null in it. */
  const orNot = (value: unknown, type: GraphQLInputType): unknown =>
    value === null ? inputValue(type) : value;
  /** Writes a value, with a variable here and there inside it. */
  const literal = (type: GraphQLInputType, value: unknown, depth = 0): string => {
    if (chance(depth === 0 ? 40 : 10)) {
      if (!isNonNullType(type) && chance(15)) return variable(String(type), undefined);
      if (value !== null && chance(15))
        return variable(`${type} = ${plainLiteral(type, value, 9)}`, undefined);
      return variable(String(type), value);
    }
    return plainLiteral(type, value, depth);
  };
  const plainLiteral = (type: GraphQLInputType, value: unknown, depth: number): string => {
    if (value === null) return 'null';
    if (isNonNullType(type)) return plainLiteral(type.ofType, value, depth);
    const inner = (of: GraphQLInputType, one: unknown): string =>
      depth >= 9 ? plainLiteral(of, one, depth) : literal(of, one, depth + 1);
    if (isListType(type)) {
      return Array.isArray(value)
        ? `[${value.map(one => inner(type.ofType, one)).join(', ')}]`
        : plainLiteral(type.ofType, value, depth);
    }
    if (isInputObjectType(type)) {
      const fields = Object.entries(value as object).map(
        ([name, one]) => `${name}: ${inner(type.getFields()[name]?.type as GraphQLInputType, one)}`,
      );
      return `{${fields.join(', ')}}`;
    }
    return isEnumType(type) ? String(value) : JSON.stringify(value);
  };
  const args = (field: GraphQLField<unknown, unknown>): string => {
    const parts: string[] = [];
    for (const argument of field.args) {
      if (!isRequiredArgument(argument) && chance(50)) continue;
      parts.push(`${argument.name}: ${literal(argument.type, inputValue(argument.type))}`);
    }
    return parts.length > 0 ? `(${parts.join(', ')})` : '';
  };

  const calls = new Map<string, string>();
  const aliasOf = (
    type: GraphQLCompositeType,
    field: GraphQLField<unknown, unknown>,
    called: string,
  ): string => {
    if (aliases === 'colliding') {
      return chance(25) ? `${pick(['a', 'b', 'c', 'id', 'name', 'constructor'])}: ` : '';
    }
    if (called === '' && chance(75)) return '';
    const call = `${type.name}.${field.name}${called}`;
    const known = calls.get(call) ?? `a${calls.size}`;
    calls.set(call, known);
    return `${known}: `;
  };

  const overlapping = (type: GraphQLCompositeType): GraphQLCompositeType[] => {
    const possible = new Set(isAbstractType(type) ? schema.getPossibleTypes(type) : [type]);
    return Object.values(schema.getTypeMap()).filter(
      (other): other is GraphQLCompositeType =>
        isCompositeType(other) &&
        !other.name.startsWith('__') &&
        (isAbstractType(other) ? schema.getPossibleTypes(other) : [other]).some(t =>
          possible.has(t as never),
        ),
    );
  };

  const selectionSet = (type: GraphQLCompositeType, depth: number, nested = 0): string => {
    const parts: string[] = [];
    const count = 1 + g(fc.nat, { max: depth === 0 ? 2 : 3 });
    for (let i = 0; i < count && fields < 40; i++) {
      if (nested < 6 && chance(isAbstractType(type) ? 45 : 12)) {
        const on = pick(overlapping(type));
        const inner = selectionSet(on, depth + (chance(50) ? 0 : 1), nested + 1);
        if (chance(25) && depth > 0) {
          const name = `F${fragments.length}`;
          fragments.push('');
          fragments[Number(name.slice(1))] = `fragment ${name} on ${on.name} ${inner}`;
          parts.push(`...${name}${condition()}`);
        } else {
          parts.push(`... on ${on.name}${condition()} ${inner}`);
        }
        continue;
      }
      const selectable = (isUnionType(type) ? [] : Object.values(type.getFields())).filter(
        f => depth < maxDepth || !isCompositeType(getNamedType(f.type)),
      );
      fields++;
      if (selectable.length === 0 || chance(10)) {
        parts.push(chance(30) ? 't: __typename' : '__typename');
        continue;
      }
      const field = pick(selectable);
      const named = getNamedType(field.type);
      const inner = isCompositeType(named) ? ` ${selectionSet(named, depth + 1)}` : '';
      const called = args(field);
      parts.push(`${aliasOf(type, field, called)}${field.name}${called}${condition()}${inner}`);
    }
    return parts.length > 0 ? `{ ${parts.join(' ')} }` : '{ __typename }';
  };

  const kind = root === schema.getMutationType() ? 'mutation' : 'query';
  const body = selectionSet(root, 0);
  const head = declared.length > 0 ? `${kind}(${declared.join(', ')})` : kind;
  return { query: `${head} ${body}\n${fragments.join('\n')}`, variables };
}
