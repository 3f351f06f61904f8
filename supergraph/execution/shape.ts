import type { ResponsePath } from './response-path';

/** What went wrong while completing: only filled by the second, slow walk. */
export interface Violation {
  readonly path: ResponsePath;
  readonly message: string;
  /** The data had nothing there at all, as after a failed fetch, rather than a null or a wrong value. */
  readonly missing: boolean;
}

/** Counts positions whose value does not fit the schema. Zero, nearly always: then nothing else is looked at. */
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
 * A compiled position of the answer: writes a merged value as JSON the way the client asked for it.
 *
 * This is value completion of https://spec.graphql.org/October2021/#sec-Value-Completion over data that is already resolved. `undefined` means the
 * position must not be null and is, so that its parent has to be (https://spec.graphql.org/October2021/#sec-Handling-Field-Errors).
 */
export interface Shape {
  write(value: unknown, completion: Completion): string | undefined;
  /** The same walk again, slowly, to say what went wrong where. Returns false where `write` returned undefined. */
  explain(value: unknown, path: ResponsePath, found: Violation[]): boolean;
  /** Would this value, written as it came, be what `write` writes? Field for field, in the same order. */
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
