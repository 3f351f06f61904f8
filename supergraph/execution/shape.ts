import type { ResponsePath } from './response-path';

/** A value that does not fit the schema. Only the second, slow walk collects them. */
export interface Violation {
  readonly path: ResponsePath;
  readonly message: string;
  /** The data had nothing there at all, as after a failed fetch, rather than a null or a wrong value. */
  readonly missing: boolean;
}

/** Counts positions whose value does not fit the schema. Where it is zero, nearly always, there is no second walk. */
export class Completion {
  violations = 0;
  /** Introspection answers by alias, already JSON. */
  readonly introspection: ReadonlyMap<string, string>;

  constructor(introspection: ReadonlyMap<string, string> = none) {
    this.introspection = introspection;
  }
}

const none: ReadonlyMap<string, string> = new Map();

/**
 * A compiled position of the answer: writes a merged value as JSON as the client selected it.
 *
 * This is value completion of https://spec.graphql.org/October2021/#sec-Value-Completion over data that is already resolved. `undefined` means the
 * position must not be null and is, so that its parent has to be (https://spec.graphql.org/October2021/#sec-Handling-Field-Errors).
 */
export interface Shape {
  write(value: unknown, completion: Completion): string | undefined;
  /** The same walk again, slowly, to collect the violations. Returns false where `write` returned undefined. */
  explain(value: unknown, path: ResponsePath, found: Violation[]): boolean;
  /** Whether this value as it was received equals what `write` writes: the same fields in the same order. */
  isAsWritten(value: unknown): boolean;
}

export function explainNull(
  nullable: boolean,
  where: string,
  value: unknown,
  path: ResponsePath,
  found: Violation[],
): boolean {
  if (nullable) return true;
  found.push({
    path,
    message: `Cannot return null for non-nullable field ${where}.`,
    missing: value === undefined,
  });
  return false;
}
