import {
  type FieldNode,
  type GraphQLInputField,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLOutputType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from 'graphql';
import { snakeCase } from '../../platform/graphql/rest-names';

/** A JSON Schema of the 2020-12 dialect, which OpenAPI 3.1 uses as it is. */
export type JsonSchema = { [keyword: string]: unknown };

/** Input types as schemas; input objects are named, for they may hold each other. */
export class InputSchemas {
  readonly named: Record<string, JsonSchema> = {};

  /** @param style enum values in query parameters are written in lower case */
  of(type: GraphQLInputType, isNullable = true, style: 'json' | 'text' = 'json'): JsonSchema {
    if (isNonNullType(type)) return this.of(type.ofType, false, style);
    const schema = this.bare(type, style);
    return isNullable ? orNull(schema) : schema;
  }

  resolve(schema: JsonSchema): JsonSchema {
    const name = String(schema['$ref'] ?? '')
      .split('/')
      .at(-1)!;
    return this.named[name] ?? schema;
  }

  private bare(type: GraphQLInputType, style: 'json' | 'text'): JsonSchema {
    if (isListType(type)) return { type: 'array', items: this.of(type.ofType, true, style) };
    if (isInputObjectType(type)) return this.reference(type);
    if (isEnumType(type)) {
      const values = type.getValues().map(({ name }) => (style === 'text' ? name.toLowerCase() : name));
      return { type: 'string', enum: values };
    }
    return scalarSchema((type as { name: string }).name);
  }

  private reference(type: GraphQLInputObjectType): JsonSchema {
    if (this.named[type.name] === undefined) {
      const schema: JsonSchema = {};
      this.named[type.name] = schema;
      const fields = Object.values(type.getFields());
      const required = fields.filter(isRequired).map(field => snakeCase(field.name));
      Object.assign(schema, {
        type: 'object',
        ...(type.description ? { description: type.description } : {}),
        properties: Object.fromEntries(
          fields.map(field => [snakeCase(field.name), described(this.of(field.type), field.description)]),
        ),
        additionalProperties: false,
        ...(required.length > 0 ? { required } : {}),
      });
    }
    return { $ref: `#/components/schemas/${type.name}` };
  }
}

function isRequired(field: GraphQLInputField): boolean {
  return isNonNullType(field.type) && field.defaultValue === undefined;
}

function described(schema: JsonSchema, description: string | null | undefined): JsonSchema {
  return description ? { ...schema, description } : schema;
}

function orNull(schema: JsonSchema): JsonSchema {
  const { type } = schema;
  if (type === undefined) return '$ref' in schema ? { anyOf: [schema, { type: 'null' }] } : schema;
  const nullable: JsonSchema = { ...schema, type: [type, 'null'] };
  if (Array.isArray(schema['enum'])) nullable['enum'] = [...schema['enum'], null];
  return nullable;
}

function scalarSchema(name: string): JsonSchema {
  switch (name) {
    case 'Int':
      return { type: 'integer', minimum: -(2 ** 31), maximum: 2 ** 31 - 1 };
    case 'Float':
      return { type: 'number' };
    case 'Boolean':
      return { type: 'boolean' };
    case 'ID':
    case 'String':
      return { type: 'string' };
    case 'DateTime':
    case 'DateTimeISO':
      return { type: 'string', format: 'date-time' };
    case 'JSONObject':
      return { type: 'object' };
    default:
      // A scalar of free JSON; its name says more than a guess at its type would.
      return { title: name };
  }
}

export function outputSchema(
  type: GraphQLOutputType,
  field: FieldNode,
  pluck: Record<string, string>,
  isNullable = true,
): JsonSchema {
  if (isNonNullType(type)) return outputSchema(type.ofType, field, pluck, false);
  const schema = bareOutput(type, field, pluck);
  return isNullable ? orNull(schema) : schema;
}

function bareOutput(type: GraphQLOutputType, field: FieldNode, pluck: Record<string, string>): JsonSchema {
  if (isListType(type)) {
    const items = outputSchema(type.ofType, field, pluck);
    const property = pluck[field.alias?.value ?? field.name.value];
    if (property === undefined) return { type: 'array', items };
    const properties = items['properties'] as Record<string, JsonSchema> | undefined;
    return { type: 'array', items: properties?.[snakeCase(property)] ?? {} };
  }
  if (isObjectType(type) && field.selectionSet) {
    return selectionSchema(field.selectionSet, name => type.getFields()[name], pluck);
  }
  if (isEnumType(type)) {
    return { type: 'string', enum: type.getValues().map(value => value.name.toLowerCase()) };
  }
  return scalarSchema((type as { name: string }).name);
}

function selectionSchema(
  set: SelectionSetNode,
  fieldOf: (name: string) => { type: GraphQLOutputType; description?: string | null | undefined } | undefined,
  pluck: Record<string, string>,
): JsonSchema {
  const properties: Record<string, JsonSchema> = {};
  for (const selection of set.selections) {
    if (selection.kind !== Kind.FIELD) continue;
    const field = fieldOf(selection.name.value);
    // A field that this schema lacks, because its service is not composed in, is missing in the answer too.
    if (field === undefined) continue;
    properties[snakeCase(selection.alias?.value ?? selection.name.value)] = described(
      outputSchema(field.type, selection, pluck),
      field.description,
    );
  }
  return { type: 'object', properties, required: Object.keys(properties) };
}
