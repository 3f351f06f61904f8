import {
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isNonNullType,
  Kind,
  type OperationDefinitionNode,
  parse,
  typeFromAST,
  type VariableDefinitionNode,
  valueFromASTUntyped,
} from 'graphql';
import { snakeCase } from '../../platform/graphql/rest-names';
import type { RestRoute } from '../../platform/graphql/rest-table';
import { InputSchemas, type JsonSchema, outputSchema } from './json-schema';

export interface OpenApi {
  openapi: string;
  info: { title: string; version: string; description: string };
  servers: { url: string }[];
  paths: Record<string, Record<string, unknown>>;
  components: Record<string, Record<string, unknown>>;
  security: Record<string, string[]>[];
  tags: { name: string }[];
}

/**
 * The OpenAPI 3.1 description (https://spec.openapis.org/oas/v3.1.1.html) of a REST table. The types come from the schema that the rows'
 * operations run against.
 */
export function openApiOf(table: readonly RestRoute[], schema: GraphQLSchema): OpenApi {
  const inputs = new InputSchemas();
  const paths: OpenApi['paths'] = {};
  for (const row of table) {
    const path = row.path.replace(/:([^/]+)/g, '{$1}');
    const item = paths[path] ?? {};
    item[row.method.toLowerCase()] = describe(row, schema, inputs);
    paths[path] = item;
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Plinth',
      version: '1',
      description:
        'The REST routes of the gateway. Each stands for one GraphQL operation; GraphQL can do more.',
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: { Error: errorSchema, ...inputs.named },
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'The access_token that POST /auth/login answers.',
        },
        apiKey: {
          type: 'apiKey',
          in: 'header',
          name: 'x-api-key',
          description: 'A key of createApiKey: acts as a service, with the scopes of the key.',
        },
      },
    },
    security: [{ bearer: [] }, { apiKey: [] }, {}],
    tags: [...new Set(table.map(tagOf))].map(name => ({ name })),
  };
}

const errorSchema: JsonSchema = {
  type: 'object',
  required: ['error', 'message', 'details', 'timestamp', 'trace_id'],
  properties: {
    error: { type: 'string', description: 'A stable code, such as VALIDATION_FAILED.' },
    message: { type: 'string', description: 'A sentence for people.' },
    details: {
      description: 'For wrong input a list of every wrong field; for other errors whatever helps, or null.',
      anyOf: [
        {
          type: 'array',
          items: {
            type: 'object',
            required: ['field', 'message'],
            properties: { field: { type: 'string' }, message: { type: 'string' } },
          },
        },
        { type: 'object' },
        { type: 'null' },
      ],
    },
    timestamp: { type: 'string', format: 'date-time' },
    trace_id: { type: ['string', 'null'], description: 'Finds this request in the logs.' },
  },
};

function tagOf(row: RestRoute): string {
  return row.path.split('/')[1] ?? '';
}

function describe(row: RestRoute, schema: GraphQLSchema, inputs: InputSchemas): Record<string, unknown> {
  const operation = operationOf(row);
  const pathNames = [...row.path.matchAll(/:([^/]+)/g)].map(match => match[1]!);
  const variables = new Map(
    (operation.variableDefinitions ?? []).map(one => [snakeCase(one.variable.name.value), one]),
  );
  const parameters: Record<string, unknown>[] = pathNames.map(name => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  for (const [header, variable] of Object.entries(row.headers ?? {})) {
    const declared = variables.get(snakeCase(variable));
    if (declared === undefined) throw new Error(`${row.method} ${row.path}: nothing takes ${header}`);
    parameters.push({ ...queryParameter(header, declared, schema, inputs), in: 'header' });
  }
  let body: JsonSchema | undefined;
  const fromHeaders = Object.values(row.headers ?? {}).map(snakeCase);
  const rest = [...variables].filter(([name]) => !pathNames.includes(name) && !fromHeaders.includes(name));
  if (row.method === 'GET') {
    for (const [name, variable] of rest) parameters.push(queryParameter(name, variable, schema, inputs));
  } else if (row.method !== 'DELETE') {
    const whole = variables.get('input');
    body = whole
      ? inputs.of(inputTypeOf(whole, schema), false)
      : objectOf(
          rest.map(([name, one]) => [name, inputTypeOf(one, schema), defaultOf(one)]),
          inputs,
        );
  }
  const isBodyNeeded =
    body !== undefined && (inputs.resolve(body)['required'] as unknown[] | undefined)?.length;
  return {
    operationId: operation.name?.value ?? operationIdOf(row),
    summary: row.summary,
    tags: [tagOf(row)],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: Boolean(isBodyNeeded),
            content: { 'application/json': { schema: body } },
          },
        }),
    responses: {
      [row.success]:
        row.success === 204
          ? { description: 'Done' }
          : {
              description: 'Done',
              content: { 'application/json': { schema: answerSchema(row, operation, schema) } },
            },
      ...(row.unless ? { [row.unless.status]: errorAnswer(row.unless.message) } : {}),
      default: errorAnswer('What went wrong'),
    },
  };
}

function operationIdOf({ method, path }: RestRoute): string {
  const words = path.replace(
    /[^A-Za-z]+(.)?/g,
    (_, letter: string | undefined) => letter?.toUpperCase() ?? '',
  );
  return `${method.toLowerCase()}${words}`;
}

function errorAnswer(description: string): Record<string, unknown> {
  return {
    description,
    content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
  };
}

function operationOf(row: RestRoute): OperationDefinitionNode {
  const [definition] = parse(row.operation, { noLocation: true }).definitions;
  if (definition?.kind !== Kind.OPERATION_DEFINITION) {
    throw new Error(`${row.method} ${row.path}: not an operation`);
  }
  return definition;
}

function inputTypeOf(variable: VariableDefinitionNode, schema: GraphQLSchema): GraphQLInputType {
  const type = typeFromAST(schema, variable.type as never) as GraphQLInputType | undefined;
  if (type === undefined) throw new Error(`unknown type of $${variable.variable.name.value}`);
  return type;
}

function defaultOf(variable: VariableDefinitionNode): unknown {
  return variable.defaultValue === undefined ? undefined : valueFromASTUntyped(variable.defaultValue);
}

function queryParameter(
  name: string,
  variable: VariableDefinitionNode,
  schema: GraphQLSchema,
  inputs: InputSchemas,
): Record<string, unknown> {
  const type = inputTypeOf(variable, schema);
  const given = defaultOf(variable);
  const standard = typeof given === 'string' && isEnumType(getNamedType(type)) ? given.toLowerCase() : given;
  return {
    name,
    in: 'query',
    required: isNonNullType(type) && standard === undefined,
    schema: {
      ...inputs.of(isNonNullType(type) ? type.ofType : type, false, 'text'),
      ...(standard === undefined ? {} : { default: standard }),
    },
  };
}

function objectOf(
  fields: readonly (readonly [name: string, type: GraphQLInputType, standard: unknown])[],
  inputs: InputSchemas,
): JsonSchema {
  const required = fields
    .filter(([, type, standard]) => isNonNullType(type) && standard === undefined)
    .map(([name]) => name);
  return {
    type: 'object',
    properties: Object.fromEntries(fields.map(([name, type]) => [name, inputs.of(type)])),
    additionalProperties: false,
    ...(required.length > 0 ? { required } : {}),
  };
}

function answerSchema(row: RestRoute, operation: OperationDefinitionNode, schema: GraphQLSchema): JsonSchema {
  const root = operation.selectionSet.selections[0];
  const field =
    root?.kind === Kind.FIELD
      ? schema.getRootType(operation.operation)?.getFields()[root.name.value]
      : undefined;
  if (root?.kind !== Kind.FIELD || field === undefined) {
    throw new Error(`${row.method} ${row.path}: this schema has no field for it`);
  }
  const type = isNonNullType(field.type) ? field.type.ofType : field.type;
  const answer = outputSchema(type, root, row.pluck ?? {}, false);
  if (row.single === true) return { oneOf: [answer['items'] as JsonSchema, answer] };
  if (row.unless === undefined) return answer;
  // Why it was refused is no part of an answer that was not.
  const reason = snakeCase(row.unless.codeField);
  const { [reason]: _, ...properties } = answer['properties'] as Record<string, JsonSchema>;
  return { ...answer, properties, required: Object.keys(properties) };
}
