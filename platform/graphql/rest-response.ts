import { type FieldNode, Kind, type SelectionSetNode } from 'graphql';
import { AppError, type FieldError, invalid, platformErrors } from '../errors';
import { snakeCase } from '../http/rest-names';

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

/** The first of the failures. Where that is about the input, the answer names the mistakes of all. */
export function asAppError(failures: readonly FormattedFailure[]): AppError {
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
