import type { DocumentNode, FormattedExecutionResult, GraphQLSchema } from 'graphql';
import { AppError, notFound, platformErrors } from '../errors';
import type { HttpRequest } from '../http/request';
import { errorResponse, type HttpResponse, jsonResponse } from '../http/response';
import { snakeCase } from '../http/rest-names';
import type { Route } from '../http/router';
import { isObject } from '../json';
import { isKnown, preconditionFailed, takeEtag, versionOf } from './rest-etag';
import { type PreparedOperation, prepareOperation } from './rest-operation';
import { asAppError, toJson } from './rest-response';
import type { RestRoute } from './rest-table';
import { readVariables } from './rest-variables';

export interface RestOperation {
  query: string;
  document: DocumentNode;
  variables: Record<string, unknown>;
}

export type ExecuteRest = (
  operation: RestOperation,
  request: HttpRequest,
) => Promise<FormattedExecutionResult>;

/**
 * Makes the routes of a table.
 *
 * @param prefix removed from the start of each path: the gateway serves a service's routes under its name, the service without
 * @param schema executes the operations; fields that it lacks, which are other services', are left out
 */
export function restRoutes(
  table: readonly RestRoute[],
  schema: GraphQLSchema,
  execute: ExecuteRest,
  prefix = '',
): Route[] {
  return table.map(row => {
    const operation = prepareOperation(row, schema);
    return {
      method: row.method,
      path: row.path.slice(prefix.length) || '/',
      handle: request => answer(row, operation, execute, request),
    };
  });
}

async function answer(
  row: RestRoute,
  operation: PreparedOperation,
  execute: ExecuteRest,
  request: HttpRequest,
): Promise<HttpResponse> {
  const variables = await readVariables(row, operation, request);
  const version = row.etag === undefined ? undefined : versionOf(request.header('if-match'));
  if (version !== undefined && isObject(variables['input'])) variables['input']['version'] = version;
  const result = await execute({ query: operation.query, document: operation.document, variables }, request);
  const failures = result.errors ?? [];
  const value = result.data?.[operation.rootKey];
  // A nested field that failed is null, such as one of a service that is down; the rest is still the response.
  if (failures.length > 0 && value == null) {
    const error = asAppError(failures);
    const isOutdated = version !== undefined && error.code === 'VERSION_CONFLICT';
    return errorResponse(isOutdated ? preconditionFailed() : error, request.trace);
  }
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
  let body = operation.root.selectionSet
    ? toJson(value, operation.root.selectionSet, row.pluck ?? {}, operation.enums)
    : value;
  if (row.single === true && Array.isArray(body) && body.length === 1) [body] = body as unknown[];
  // Only a refusal has a code.
  if (row.unless !== undefined) delete (body as Record<string, unknown>)[snakeCase(row.unless.codeField)];
  const etag = row.etag === undefined ? undefined : takeEtag(body, row.etag);
  const headers = { 'cache-control': 'no-store', ...(etag === undefined ? {} : { etag }) };
  if (etag !== undefined && row.method === 'GET' && isKnown(request.header('if-none-match'), etag)) {
    return { status: 304, headers };
  }
  return jsonResponse(row.success, body, headers);
}
