import { type FieldNode, Kind, type SelectionSetNode } from 'graphql';
import { AppError, type FieldError, invalid, platformErrors } from '../errors';
import { snakeCase } from './rest-names';

/** The value of a selection set with the names of REST. */
export function toJson(
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

/** The first error of an operation as the error of the REST response. */
export function asAppError(failure: FormattedFailure): AppError {
  const { code, details, http } = failure.extensions ?? {};
  const status = (http as { status?: unknown } | undefined)?.status;
  const known = Array.isArray(details)
    ? (details as FieldError[]).map(one => ({ ...one, field: snakeCase(one.field) }))
    : (details as Record<string, unknown> | null | undefined);
  const retryAfter = (known as { retryAfterSeconds?: unknown } | null | undefined)?.retryAfterSeconds;
  // The message names the fields too, in snake_case here.
  if (code === platformErrors.VALIDATION_FAILED.code && Array.isArray(known)) return invalid(known);
  const definition =
    typeof code === 'string'
      ? { code, status: typeof status === 'number' ? status : 500 }
      : platformErrors.INTERNAL_ERROR;
  return new AppError(definition, failure.message, {
    details: known ?? undefined,
    headers: typeof retryAfter === 'number' ? { 'retry-after': String(retryAfter) } : {},
  });
}
