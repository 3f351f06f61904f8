import { GraphQLError, GraphQLScalarType, Kind, type ObjectValueNode, type ValueNode } from 'graphql';

/** `JSON.parse` and `Number` make such a number infinite, and `JSON.stringify` writes that as null. */
const tooLarge = 'JSONObject cannot represent a number larger than a 64-bit float';

/**
 * A JSON object. Unlike graphql-scalars' scalar of the same name, it refuses what JSON cannot hold, so that nothing is stored
 * other than it was sent: numbers larger than a 64-bit float, and enum values.
 */
export const JSONObject = new GraphQLScalarType<Record<string, unknown>>({
  name: 'JSONObject',
  description:
    'The `JSONObject` scalar type represents JSON objects as specified by [ECMA-404](http://www.ecma-international.org/publications/files/ECMA-ST/ECMA-404.pdf).',
  specifiedByURL: 'http://www.ecma-international.org/publications/files/ECMA-ST/ECMA-404.pdf',
  serialize: asObject,
  parseValue: value => {
    const object = asObject(value);
    assertFiniteNumbers(object);
    return object;
  },
  parseLiteral: (node, variables) => {
    if (node.kind !== Kind.OBJECT) throw notAnObject(node);
    return objectFromLiteral(node, variables);
  },
});

function notAnObject(node?: ValueNode): GraphQLError {
  return new GraphQLError(
    'JSONObject cannot represent a value that is not an object',
    node ? { nodes: node } : {},
  );
}

function asObject(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw notAnObject();
  return value as Record<string, unknown>;
}

/** @throws GraphQLError for a number that JSON text had and JavaScript has not */
function assertFiniteNumbers(value: unknown): void {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new GraphQLError(tooLarge);
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(assertFiniteNumbers);
}

type Variables = { readonly [name: string]: unknown } | null | undefined;

function objectFromLiteral(node: ObjectValueNode, variables: Variables): Record<string, unknown> {
  // Without a prototype, so that a field named __proto__ is a field.
  const object: Record<string, unknown> = Object.create(null);
  for (const field of node.fields) object[field.name.value] = fromLiteral(field.value, variables);
  return object;
}

function fromLiteral(node: ValueNode, variables: Variables): unknown {
  switch (node.kind) {
    case Kind.STRING:
    case Kind.BOOLEAN:
      return node.value;
    case Kind.INT:
    case Kind.FLOAT: {
      const number = Number(node.value);
      if (!Number.isFinite(number)) throw new GraphQLError(tooLarge, { nodes: node });
      return number;
    }
    case Kind.NULL:
      return null;
    case Kind.ENUM:
      throw new GraphQLError('JSONObject cannot represent an enum value', { nodes: node });
    case Kind.LIST:
      return node.values.map(each => fromLiteral(each, variables));
    case Kind.OBJECT:
      return objectFromLiteral(node, variables);
    case Kind.VARIABLE: {
      const value = variables?.[node.name.value];
      assertFiniteNumbers(value);
      return value;
    }
  }
}
