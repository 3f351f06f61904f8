import {
  type FieldNode,
  type GraphQLInputField,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from 'graphql';
import { snakeCase } from '../../platform/http/rest-names';

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
    return resolveIn(this.named, schema);
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
    return referenceTo(type.name);
  }
}

/** Objects of answers, named after their types. */
export class OutputSchemas {
  readonly named: Record<string, JsonSchema> = {};

  resolve(schema: JsonSchema): JsonSchema {
    return resolveIn(this.named, schema);
  }

  /**
   * Routes select different fields of a type. The first selection has the name of the type, another is named after the first field that
   * it has beside those: `UserWithProfile`.
   */
  reference(typeName: string, schema: JsonSchema, operationId: string): JsonSchema {
    const first = propertiesOf(this.named[typeName] ?? schema);
    const more = propertiesOf(schema).find(name => !first.includes(name));
    const names = [typeName, `${typeName}_with_${more}`, `${typeName}_of_${operationId}`].map(pascalCase);
    const text = JSON.stringify(schema);
    const name = names.find(one => this.named[one] === undefined || JSON.stringify(this.named[one]) === text);
    // One operation that selects a type in several ways.
    if (name === undefined) return schema;
    this.named[name] ??= schema;
    return referenceTo(name);
  }
}

function propertiesOf(schema: JsonSchema): string[] {
  return Object.keys((schema['properties'] as object | undefined) ?? {});
}

function pascalCase(text: string): string {
  return text.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}

function referenceTo(name: string): JsonSchema {
  return { $ref: `#/components/schemas/${name}` };
}

function resolveIn(named: Readonly<Record<string, JsonSchema>>, schema: JsonSchema): JsonSchema {
  const name = String(schema['$ref'] ?? '')
    .split('/')
    .at(-1)!;
  return named[name] ?? schema;
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

/** The operation of a route, for the schema of its answer. */
interface Answer {
  readonly operationId: string;
  /** Field → the one property that stands for each object of its list. */
  readonly pluck: Readonly<Record<string, string>>;
  readonly outputs: OutputSchemas;
}

export function outputSchema(
  type: GraphQLOutputType,
  field: FieldNode,
  answer: Answer,
  isNullable = true,
): JsonSchema {
  if (isNonNullType(type)) return outputSchema(type.ofType, field, answer, false);
  const schema = bareOutput(type, field, answer);
  return isNullable ? orNull(schema) : schema;
}

function bareOutput(type: GraphQLOutputType, field: FieldNode, answer: Answer): JsonSchema {
  if (isListType(type)) {
    const property = answer.pluck[field.alias?.value ?? field.name.value];
    const items =
      property === undefined
        ? outputSchema(type.ofType, field, answer)
        : propertySchema(getNamedType(type), property);
    return { type: 'array', items };
  }
  if (isObjectType(type) && field.selectionSet) return objectSchema(type, field.selectionSet, answer);
  if (isEnumType(type)) {
    return { type: 'string', enum: type.getValues().map(value => value.name.toLowerCase()) };
  }
  return scalarSchema((type as { name: string }).name);
}

/** The schema of one scalar property. */
function propertySchema(type: GraphQLNamedType, property: string): JsonSchema {
  const field = isObjectType(type) ? type.getFields()[property] : undefined;
  return field === undefined ? {} : scalarSchema(getNamedType(field.type).name);
}

function objectSchema(type: GraphQLObjectType, set: SelectionSetNode, answer: Answer): JsonSchema {
  const properties: Record<string, JsonSchema> = {};
  for (const selection of set.selections) {
    if (selection.kind !== Kind.FIELD) continue;
    const field = type.getFields()[selection.name.value];
    // A field that this schema lacks, because its service is not composed in, is missing in the answer too.
    if (field === undefined) continue;
    properties[snakeCase(selection.alias?.value ?? selection.name.value)] = described(
      outputSchema(field.type, selection, answer),
      field.description,
    );
  }
  const schema = { type: 'object', properties, required: Object.keys(properties) };
  return answer.outputs.reference(type.name, described(schema, type.description), answer.operationId);
}
