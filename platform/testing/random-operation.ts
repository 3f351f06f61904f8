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
  isListType,
  isNonNullType,
  isRequiredArgument,
  isUnionType,
} from 'graphql';

export interface RandomOperation {
  readonly query: string;
  readonly variables: Record<string, unknown>;
}

/**
 * Makes up an operation over any schema: fields, aliases that collide where they may, arguments by literal and by variable, inline
 * and named fragments on every type that can overlap, `@skip` and `@include` by literal and by variable.
 */
export function randomOperation(
  g: GeneratorValue,
  schema: GraphQLSchema,
  root: GraphQLCompositeType,
  maxDepth = 4,
): RandomOperation {
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
    if (!chance(12)) return '';
    const name = pick(['skip', 'include']);
    const value = chance(50);
    return ` @${name}(if: ${chance(50) ? variable('Boolean!', value) : value})`;
  };
  const inputValue = (type: GraphQLInputType): unknown => {
    if (isNonNullType(type)) return inputValue(type.ofType);
    if (isListType(type)) return [inputValue(type.ofType)];
    if (isEnumType(type)) return pick(type.getValues()).name;
    switch (type.name) {
      case 'Int':
        return g(fc.nat, { max: 5 });
      case 'Boolean':
        return chance(50);
      default:
        return pick(['User:1', 'x"\\é', '']);
    }
  };
  const literal = (type: GraphQLInputType, value: unknown): string => {
    const named = getNamedType(type);
    if (Array.isArray(value)) return `[${value.map(v => literal(named, v)).join(',')}]`;
    return isEnumType(named) ? String(value) : JSON.stringify(value);
  };
  const args = (field: GraphQLField<unknown, unknown>): string => {
    const parts: string[] = [];
    for (const argument of field.args) {
      if (!isRequiredArgument(argument) && chance(50)) continue;
      const value = inputValue(argument.type);
      parts.push(
        `${argument.name}: ${chance(40) ? variable(String(argument.type), value) : literal(argument.type, value)}`,
      );
    }
    return parts.length > 0 ? `(${parts.join(', ')})` : '';
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
      const alias = chance(25) ? `${pick(['a', 'b', 'c', 'id', 'name', 'constructor'])}: ` : '';
      parts.push(`${alias}${field.name}${args(field)}${condition()}${inner}`);
    }
    return parts.length > 0 ? `{ ${parts.join(' ')} }` : '{ __typename }';
  };

  const kind = root === schema.getMutationType() ? 'mutation' : 'query';
  const body = selectionSet(root, 0);
  const head = declared.length > 0 ? `${kind}(${declared.join(', ')})` : kind;
  return { query: `${head} ${body}\n${fragments.join('\n')}`, variables };
}
