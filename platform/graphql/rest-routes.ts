import {
  type DocumentNode,
  type FieldNode,
  type FormattedExecutionResult,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  Kind,
  type OperationDefinitionNode,
  parse,
  print,
  type SelectionSetNode,
  typeFromAST,
} from 'graphql';
import { AppError, type FieldError, invalid, notFound, platformErrors } from '../errors';
import type { HttpRequest } from '../http/request';
import { errorResponse, type HttpResponse, jsonResponse } from '../http/response';
import type { Route } from '../http/router';

/**
 * One REST route as data: a method and path that stand for a GraphQL operation. Path parameters, query parameters and
 * body fields become the operation's variables by name, snake_case to camelCase; a variable `$input` takes the whole
 * body. The answer is the operation's only root field, camelCase to snake_case, enum values in lower case.
 */
export interface RestRoute {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** The path at the gateway, such as `/users/:id`. */
  path: string;
  /** One line for the OpenAPI page. */
  summary: string;
  operation: string;
  /** Status of success; 204 answers without a body. */
  success: number;
  /** Field → the one property that stands for each object of its list: `{ roles: 'name' }` makes a list of names. */
  pluck?: Record<string, string>;
  /** Request header, in lower case → the variable that takes it. */
  headers?: Record<string, string>;
  /** An answer that is a refusal: unless `field` is true, the status is this and the code is what `codeField` holds. */
  unless?: { field: string; status: number; codeField: string; message: string };
}

export interface RestOperation {
  query: string;
  document: DocumentNode;
  variables: Record<string, unknown>;
}

export type ExecuteRest = (
  operation: RestOperation,
  request: HttpRequest,
) => Promise<FormattedExecutionResult>;

const bodyLimit = 1024 * 1024;

/**
 * Makes the routes of a table.
 *
 * @param prefix taken off the front of each path; a service answers without the prefix that the gateway knows it by
 * @param schema what the operations run against; fields that it lacks (other services') are left out of them
 */
export function restRoutes(
  table: readonly RestRoute[],
  schema: GraphQLSchema,
  execute: ExecuteRest,
  prefix = '',
): Route[] {
  return table.map(row => {
    const operation = prepare(row, schema);
    return {
      method: row.method,
      path: row.path.slice(prefix.length) || '/',
      handle: request => answer(row, operation, execute, request),
    };
  });
}

interface Prepared {
  query: string;
  document: DocumentNode;
  variables: ReadonlyMap<string, GraphQLInputType>;
  root: FieldNode;
  rootKey: string;
  /** The selected fields that answer a value of an enum. */
  enums: ReadonlySet<FieldNode>;
}

function prepare(row: RestRoute, schema: GraphQLSchema): Prepared {
  const source = parse(row.operation, { noLocation: true });
  const definition = source.definitions[0];
  if (definition?.kind !== Kind.OPERATION_DEFINITION || source.definitions.length !== 1) {
    throw new Error(`${row.method} ${row.path}: the operation must be exactly one, without fragments`);
  }
  const rootType = schema.getRootType(definition.operation);
  const enums = new Set<FieldNode>();
  const selectionSet = rootType ? present(definition.selectionSet, rootType, schema, enums) : undefined;
  const root = selectionSet?.selections[0];
  if (selectionSet === undefined || root?.kind !== Kind.FIELD) {
    throw new Error(`${row.method} ${row.path}: this schema has no field for it`);
  }
  const pruned: OperationDefinitionNode = { ...definition, selectionSet };
  const document: DocumentNode = { kind: Kind.DOCUMENT, definitions: [pruned] };
  const variables = new Map<string, GraphQLInputType>();
  for (const variable of definition.variableDefinitions ?? []) {
    const type = typeFromAST(schema, variable.type as never) as GraphQLInputType | undefined;
    if (type === undefined)
      throw new Error(`${row.method} ${row.path}: unknown type of $${variable.variable.name.value}`);
    variables.set(variable.variable.name.value, type);
  }
  return {
    query: print(document),
    document,
    variables,
    root,
    rootKey: root.alias?.value ?? root.name.value,
    enums,
  };
}

/** The selections this schema has. */
function present(
  set: SelectionSetNode,
  type: GraphQLObjectType,
  schema: GraphQLSchema,
  enums: Set<FieldNode>,
): SelectionSetNode | undefined {
  const selections = set.selections.flatMap(selection => {
    if (selection.kind !== Kind.FIELD) throw new Error('REST operations select plain fields');
    const field = type.getFields()[selection.name.value];
    if (field === undefined) return selection.name.value === '__typename' ? [selection] : [];
    const named = getNamedType(field.type);
    if (isEnumType(named)) enums.add(selection);
    if (selection.selectionSet === undefined) return [selection];
    const inner = present(selection.selectionSet, named as GraphQLObjectType, schema, enums);
    return inner === undefined ? [] : [{ ...selection, selectionSet: inner }];
  });
  return selections.length === 0 ? undefined : { ...set, selections };
}

async function answer(
  row: RestRoute,
  operation: Prepared,
  execute: ExecuteRest,
  request: HttpRequest,
): Promise<HttpResponse> {
  const variables = await readVariables(row, operation, request);
  const result = await execute({ query: operation.query, document: operation.document, variables }, request);
  const failures = result.errors ?? [];
  const value = result.data?.[operation.rootKey];
  // A part that failed inside of a whole (a service that is down) leaves a null there; the rest is still the answer.
  if (failures.length > 0 && value == null) return errorResponse(asAppError(failures), request.trace);
  if (value == null && row.success !== 204) throw notFound('What was asked for is');
  if (row.unless !== undefined) {
    const { field, status, codeField, message } = row.unless;
    const fields = value as Record<string, unknown>;
    if (fields[field] !== true) {
      return errorResponse(
        new AppError(
          { code: String(fields[codeField] ?? platformErrors.UNAUTHENTICATED.code), status },
          message,
        ),
        request.trace,
      );
    }
  }
  if (row.success === 204) return { status: 204 };
  const body = operation.root.selectionSet
    ? toJson(value, operation.root.selectionSet, row.pluck ?? {}, operation.enums)
    : value;
  // Why it was refused is no part of an answer that was not.
  if (row.unless !== undefined) delete (body as Record<string, unknown>)[snakeCase(row.unless.codeField)];
  return jsonResponse(row.success, body, { 'cache-control': 'no-store' });
}

async function readVariables(
  row: RestRoute,
  operation: Prepared,
  request: HttpRequest,
): Promise<Record<string, unknown>> {
  const variables: Record<string, unknown> = {};
  const mistakes: FieldError[] = [];
  if (row.method === 'GET') {
    for (const name of new Set(request.query.keys())) {
      const type = operation.variables.get(camelCase(name));
      if (type === undefined) mistakes.push({ field: name, message: 'is not a known parameter' });
      else variables[camelCase(name)] = fromText(request.query.getAll(name), type, name, mistakes);
    }
  } else if (row.method !== 'DELETE') {
    Object.assign(variables, await readBody(operation, request, mistakes));
  }
  if (mistakes.length > 0) throw invalid(mistakes);
  for (const [header, variable] of Object.entries(row.headers ?? {})) {
    const value = request.header(header);
    if (value !== undefined) variables[variable] = value;
  }
  for (const [name, value] of Object.entries(request.params)) variables[camelCase(name)] = value;
  return variables;
}

async function readBody(
  operation: Prepared,
  request: HttpRequest,
  mistakes: FieldError[],
): Promise<Record<string, unknown>> {
  const isEmpty =
    request.header('content-length') === '0' ||
    (request.header('transfer-encoding') === undefined && request.header('content-length') === undefined);
  const body = isEmpty ? {} : await request.json(bodyLimit);
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new AppError(platformErrors.BAD_REQUEST, 'The body must be a JSON object');
  }
  const whole = operation.variables.get('input');
  if (whole !== undefined) return { input: fromJson(body, whole, '', mistakes) };
  const variables: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(body)) {
    const type = operation.variables.get(camelCase(key));
    if (type === undefined || key in request.params)
      mistakes.push({ field: key.slice(0, 100), message: 'is not a known field' });
    else variables[camelCase(key)] = fromJson(value, type, key, mistakes);
  }
  return variables;
}

/** Renames the keys of input objects along their type; what a scalar holds (free JSON) is the caller's own. */
function fromJson(value: unknown, type: GraphQLInputType, path: string, mistakes: FieldError[]): unknown {
  const inner = isNonNullType(type) ? type.ofType : type;
  if (isListType(inner) && Array.isArray(value)) {
    return value.map((item, index) => fromJson(item, inner.ofType, `${path}.${index}`, mistakes));
  }
  if (!isInputObjectType(inner) || typeof value !== 'object' || value === null || Array.isArray(value))
    return value;
  const fields = inner.getFields();
  const names = new Map(Object.keys(fields).map(name => [snakeCase(name), name]));
  const result: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    const name = names.get(key);
    const here = path === '' ? key : `${path}.${key}`;
    if (name === undefined) mistakes.push({ field: here.slice(0, 100), message: 'is not a known field' });
    else result[name] = fromJson(item, fields[name]!.type, here, mistakes);
  }
  return result;
}

/** Query parameters are text: numbers and booleans are read as the variable's type wants them. */
function fromText(texts: string[], type: GraphQLInputType, field: string, mistakes: FieldError[]): unknown {
  const inner = isNonNullType(type) ? type.ofType : type;
  if (isListType(inner)) {
    return texts
      .flatMap(text => text.split(','))
      .map(text => fromText([text], inner.ofType, field, mistakes));
  }
  const text = texts[0] ?? '';
  if (texts.length > 1) mistakes.push({ field, message: 'is given more than once' });
  if (isEnumType(inner)) {
    const value = inner.getValue(text.toUpperCase());
    if (value === undefined || value === null) {
      const known = inner.getValues().map(one => one.name.toLowerCase());
      mistakes.push({ field, message: `must be one of ${known.join(', ')}` });
    }
    return value?.name;
  }
  switch (inner.name) {
    case 'Int':
      if (!/^-?\d{1,10}$/.test(text)) mistakes.push({ field, message: 'must be a whole number' });
      return Number(text);
    case 'Float':
      if (!/^-?\d{1,15}(\.\d{1,15})?$/.test(text)) mistakes.push({ field, message: 'must be a number' });
      return Number(text);
    case 'Boolean':
      if (text !== 'true' && text !== 'false') mistakes.push({ field, message: 'must be true or false' });
      return text === 'true';
    default:
      return text;
  }
}

function toJson(
  value: unknown,
  set: SelectionSetNode,
  pluck: Record<string, string>,
  enums: ReadonlySet<FieldNode>,
): unknown {
  if (Array.isArray(value)) return value.map(item => toJson(item, set, pluck, enums));
  if (typeof value !== 'object' || value === null) return value;
  const source = value as Record<string, unknown>;
  const result: Record<string, unknown> = {};
  for (const selection of set.selections) {
    if (selection.kind !== Kind.FIELD) continue;
    const key = selection.alias?.value ?? selection.name.value;
    let item = source[key];
    if (selection.selectionSet !== undefined) item = toJson(item, selection.selectionSet, pluck, enums);
    if (enums.has(selection) && typeof item === 'string') item = item.toLowerCase();
    const property = pluck[key];
    if (property !== undefined && Array.isArray(item)) {
      item = item.map(one => (one as Record<string, unknown>)[snakeCase(property)]);
    }
    result[snakeCase(key)] = item;
  }
  return result;
}

interface FormattedFailure {
  message: string;
  extensions?: { [key: string]: unknown };
}

/** The first of the failures. Where that is about the input, the answer names the mistakes of all. */
function asAppError(failures: readonly FormattedFailure[]): AppError {
  const { message, extensions: { code, details, http } = {} } = failures[0]!;
  // The message names the fields too, and REST names them in snake_case.
  if (code === platformErrors.VALIDATION_FAILED.code) return invalid(failures.flatMap(mistakesOf));
  const status = (http as { status?: unknown } | undefined)?.status;
  const definition =
    typeof code === 'string'
      ? { code, status: typeof status === 'number' ? status : 500 }
      : platformErrors.INTERNAL_ERROR;
  const known = details as Record<string, unknown> | null | undefined;
  const retryAfter = known?.['retryAfterSeconds'];
  return new AppError(definition, message, {
    details: Array.isArray(details) ? mistakesOf(failures[0]!) : (known ?? undefined),
    headers: typeof retryAfter === 'number' ? { 'retry-after': String(retryAfter) } : {},
  });
}

function mistakesOf({ extensions }: FormattedFailure): FieldError[] {
  const details = extensions?.['details'];
  if (!Array.isArray(details)) return [];
  return (details as FieldError[]).map(mistake => ({ ...mistake, field: snakeCase(mistake.field) }));
}

export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`);
}

export function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/**
 * A path at the gateway that one service answers with bytes instead of GraphQL, such as a download: the gateway passes
 * them through as they come. The service answers the same path without its name in front.
 */
export interface StreamRoute {
  method: 'GET';
  path: string;
  service: string;
  summary: string;
}
