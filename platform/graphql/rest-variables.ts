import { type GraphQLInputType, isEnumType, isInputObjectType, isListType, isNonNullType } from 'graphql';
import { AppError, type FieldError, invalid, platformErrors } from '../errors';
import type { HttpRequest } from '../http/request';
import { camelCase, snakeCase } from '../http/rest-names';
import { isObject } from '../json';
import type { PreparedOperation } from './rest-operation';
import type { RestRoute } from './rest-table';

const maxBodyBytes = 1024 * 1024;

/** @throws AppError 422 that names every unknown field and every value of the wrong form */
export async function readVariables(
  row: RestRoute,
  operation: PreparedOperation,
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
  operation: PreparedOperation,
  request: HttpRequest,
  mistakes: FieldError[],
): Promise<Record<string, unknown>> {
  const isEmpty =
    request.header('content-length') === '0' ||
    (request.header('transfer-encoding') === undefined && request.header('content-length') === undefined);
  const body = isEmpty ? {} : await request.json(maxBodyBytes);
  if (!isObject(body)) {
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

/** Renames the keys of input objects by their type. Values of scalars, such as free JSON, stay as they are. */
function fromJson(value: unknown, type: GraphQLInputType, path: string, mistakes: FieldError[]): unknown {
  const inner = isNonNullType(type) ? type.ofType : type;
  if (isListType(inner) && Array.isArray(value)) {
    return value.map((item, index) => fromJson(item, inner.ofType, `${path}.${index}`, mistakes));
  }
  // Answers write enum values in lower case.
  if (isEnumType(inner) && typeof value === 'string') return value.toUpperCase();
  if (!isInputObjectType(inner) || !isObject(value)) return value;
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

/** Query parameters are text: they are parsed by the type of the variable. */
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
