import {
  type FieldNode,
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
import type { RestRoute } from '../../platform/graphql/rest-table';
import { snakeCase } from '../../platform/http/rest-names';
import { exampleOf } from './examples';
import { InputSchemas, type JsonSchema, OutputSchemas, outputSchema } from './json-schema';
import { errorsOf } from './openapi-errors';
import type { RootAccess } from './root-access';

/** What a description of a route needs to know of all routes. */
export class RouteDescriber {
  readonly inputs = new InputSchemas();
  readonly outputs = new OutputSchemas();
  private readonly ids = new Set<string>();

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly access: ReadonlyMap<string, RootAccess>,
  ) {}

  /** The named schemas of all routes that were described. */
  get named(): Record<string, JsonSchema> {
    return { ...this.inputs.named, ...this.outputs.named };
  }

  describe(row: RestRoute): Record<string, unknown> {
    const operation = operationOf(row);
    const root = rootFieldOf(operation);
    const operationId = this.idOf(row, operation);
    const { parameters, body } = this.requestOf(row, operation);
    const access = this.access.get(
      `${operation.operation === 'query' ? 'Query' : 'Mutation'}.${root.name.value}`,
    );
    const scopes = access?.scopes ?? [];
    return {
      operationId,
      summary: row.summary,
      ...(scopes.length > 0
        ? { description: `Needs ${scopes.map(all => all.join(' and ')).join(', or ')}.` }
        : {}),
      tags: [row.path.split('/')[1] ?? ''],
      security: securityOf(operation, access),
      ...(parameters.length > 0 ? { parameters } : {}),
      ...(body === undefined ? {} : { requestBody: this.bodyOf(body) }),
      responses: {
        [row.success]: this.successOf(row, operation, operationId),
        ...errorsOf({
          hasInput: body !== undefined || parameters.some(one => one['in'] === 'query'),
          hasPathParameter: row.path.includes(':'),
          isChange: operation.operation === 'mutation',
          hasEtag: row.etag !== undefined,
          isAuthenticated: access !== undefined || row.unless?.status === 401,
          needsScopes: scopes.length > 0,
        }),
      },
    };
  }

  /** The verb and what it is about: `updateUser`, `listUsers`, `getUser`. */
  private idOf(row: RestRoute, operation: OperationDefinitionNode): string {
    const field = rootFieldOf(operation);
    const name = field.name.value;
    const isList = field.selectionSet?.selections.some(
      one => one.kind === Kind.FIELD && one.alias?.value === 'items',
    );
    const capital = `${name[0]!.toUpperCase()}${name.slice(1)}`;
    const isVerb = operation.operation === 'mutation' || /^(?:search|validate|explain|check)[A-Z]/.test(name);
    const verb = isVerb ? name : `${isList ? 'list' : 'get'}${capital}`;
    const id = this.ids.has(verb) ? `${verb}By${row.method}${row.path.replace(/\W+/g, '_')}` : verb;
    this.ids.add(id);
    return id;
  }

  private requestOf(
    row: RestRoute,
    operation: OperationDefinitionNode,
  ): { parameters: Record<string, unknown>[]; body: JsonSchema | undefined } {
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
      parameters.push({ ...this.queryParameter(header, declared), in: 'header' });
    }
    if (row.etag !== undefined) parameters.push(conditionOf(row));
    const fromHeaders = Object.values(row.headers ?? {}).map(snakeCase);
    const rest = [...variables].filter(([name]) => !pathNames.includes(name) && !fromHeaders.includes(name));
    if (row.method === 'GET') {
      for (const [name, variable] of rest) parameters.push(this.queryParameter(name, variable));
    }
    if (row.method === 'GET' || row.method === 'DELETE') return { parameters, body: undefined };
    const whole = variables.get('input');
    const body = whole ? this.inputs.of(this.inputTypeOf(whole), false) : this.objectOf(rest);
    return { parameters, body };
  }

  private bodyOf(body: JsonSchema): Record<string, unknown> {
    const required = this.inputs.resolve(body)['required'] as unknown[] | undefined;
    return {
      required: (required?.length ?? 0) > 0,
      content: { 'application/json': { schema: body, example: exampleOf(body, this.named) } },
    };
  }

  private successOf(
    row: RestRoute,
    operation: OperationDefinitionNode,
    operationId: string,
  ): Record<string, unknown> {
    if (row.success === 204) return { description: 'Done' };
    const schema = this.answerSchema(row, operation, operationId);
    return {
      description: row.success === 202 ? 'Accepted: it goes on after this answer' : 'Done',
      ...(row.etag === undefined
        ? {}
        : { headers: { etag: { description: 'The version, for if-match.', schema: { type: 'string' } } } }),
      content: { 'application/json': { schema, example: exampleOf(schema, this.named) } },
    };
  }

  private inputTypeOf(variable: VariableDefinitionNode): GraphQLInputType {
    const type = typeFromAST(this.schema, variable.type as never) as GraphQLInputType | undefined;
    if (type === undefined) throw new Error(`unknown type of $${variable.variable.name.value}`);
    return type;
  }

  private queryParameter(name: string, variable: VariableDefinitionNode): Record<string, unknown> {
    const type = this.inputTypeOf(variable);
    const given = defaultOf(variable);
    const standard =
      typeof given === 'string' && isEnumType(getNamedType(type)) ? given.toLowerCase() : given;
    return {
      name,
      in: 'query',
      required: isNonNullType(type) && standard === undefined,
      schema: {
        ...this.inputs.of(isNonNullType(type) ? type.ofType : type, false, 'text'),
        ...(standard === undefined ? {} : { default: standard }),
      },
    };
  }

  private objectOf(
    fields: readonly (readonly [name: string, variable: VariableDefinitionNode])[],
  ): JsonSchema {
    const required = fields
      .filter(([, one]) => isNonNullType(this.inputTypeOf(one)) && defaultOf(one) === undefined)
      .map(([name]) => name);
    return {
      type: 'object',
      properties: Object.fromEntries(
        fields.map(([name, one]) => [name, this.inputs.of(this.inputTypeOf(one))]),
      ),
      additionalProperties: false,
      ...(required.length > 0 ? { required } : {}),
    };
  }

  private answerSchema(row: RestRoute, operation: OperationDefinitionNode, operationId: string): JsonSchema {
    const whole = rootFieldOf(operation);
    const root = row.etag === undefined ? whole : withoutField(whole, row.etag.split('.'));
    const field = this.schema.getRootType(operation.operation)?.getFields()[root.name.value];
    if (field === undefined) {
      throw new Error(`${row.method} ${row.path}: this schema has no field for it`);
    }
    const type = isNonNullType(field.type) ? field.type.ofType : field.type;
    const context = { pluck: row.pluck ?? {}, outputs: this.outputs, operationId };
    if (row.unless === undefined) {
      const answer = outputSchema(type, root, context, false);
      return row.single === true ? { oneOf: [answer['items'] as JsonSchema, answer] } : answer;
    }
    // Why it was refused is no part of an answer that was not.
    const reference = outputSchema(type, root, context, false);
    const answer = this.outputs.resolve(reference);
    const reason = snakeCase(row.unless.codeField);
    const { [reason]: _, ...properties } = answer['properties'] as Record<string, JsonSchema>;
    Object.assign(answer, { properties, required: Object.keys(properties) });
    return reference;
  }
}

/** A query without access directives may answer more to a caller who is known; such a mutation takes no caller. */
function securityOf({ operation }: OperationDefinitionNode, access: RootAccess | undefined): object[] {
  const schemes = [{ bearer: [] }, { apiKey: [] }];
  if (access !== undefined) return schemes;
  return operation === 'query' ? [{}, ...schemes] : [];
}

/** The conditional request that an entity tag allows. */
function conditionOf({ method }: RestRoute): Record<string, unknown> {
  return {
    name: method === 'GET' ? 'if-none-match' : 'if-match',
    in: 'header',
    required: false,
    description:
      method === 'GET'
        ? 'An etag: 304 while nothing has changed.'
        : 'The etag that was read: 412 when somebody else has changed it since.',
    schema: { type: 'string' },
  };
}

function operationOf(row: RestRoute): OperationDefinitionNode {
  const [definition] = parse(row.operation, { noLocation: true }).definitions;
  if (definition?.kind !== Kind.OPERATION_DEFINITION) {
    throw new Error(`${row.method} ${row.path}: not an operation`);
  }
  return definition;
}

/** The field without one that it selects, at a path of snake_case names. */
function withoutField(field: FieldNode, [name, ...rest]: readonly string[]): FieldNode {
  const selections = field.selectionSet?.selections.flatMap(one => {
    if (one.kind !== Kind.FIELD || snakeCase(one.alias?.value ?? one.name.value) !== name) return [one];
    return rest.length === 0 ? [] : [withoutField(one, rest)];
  });
  return {
    ...field,
    ...(selections === undefined ? {} : { selectionSet: { kind: Kind.SELECTION_SET, selections } }),
  };
}

function rootFieldOf(operation: OperationDefinitionNode) {
  const [root] = operation.selectionSet.selections;
  if (root?.kind !== Kind.FIELD) throw new Error('An operation of a route begins with a field');
  return root;
}

function defaultOf(variable: VariableDefinitionNode): unknown {
  return variable.defaultValue === undefined ? undefined : valueFromASTUntyped(variable.defaultValue);
}
