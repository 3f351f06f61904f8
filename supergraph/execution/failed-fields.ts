import { Kind, type SelectionSetNode } from 'graphql';
import { responseName, selectionOf } from '../planning/field-sets';
import type { OutgoingError } from './errors';
import type { Execution } from './execution';
import type { FetchEnvironment } from './fetch-environment';
import { type Json, own } from './merged-data';
import type { ResponsePath } from './response-path';

/** A list of 1,000 entities has 1,000 failed fields; a client needs no more than these to see the fault. */
const maxErrorsOfFetch = 100;

/** A selected field. */
interface SelectedField {
  /** Response name in the plan. */
  readonly name: string;
  /** The type condition that it stands under. */
  readonly type: string | undefined;
  readonly selections: SelectionSetNode | undefined;
}

/** The fields that a fetch selects. They are read from its text at its first failure, because few fetches fail. */
export class SelectedFields {
  private fields: readonly SelectedField[] | undefined;

  constructor(
    private readonly operation: string,
    private readonly renamed: ReadonlyMap<string | number, string>,
  ) {}

  ofRoot(): readonly SelectedField[] {
    this.fields ??= this.ofSet(selectionOf(this.operation), undefined);
    return this.fields;
  }

  /** @param key response name of an `_entities` field */
  ofEntities(key: string): readonly SelectedField[] {
    const entities = this.ofRoot().find(({ name }) => name === key);
    return entities?.selections ? this.ofSet(entities.selections, undefined) : [];
  }

  private ofSet(set: SelectionSetNode, type: string | undefined): SelectedField[] {
    return set.selections.flatMap(node => {
      if (node.kind === Kind.FIELD) {
        const name = responseName(node);
        return { name: this.renamed.get(name) ?? name, type, selections: node.selectionSet };
      }
      if (node.kind !== Kind.INLINE_FRAGMENT) return [];
      return this.ofSet(node.selectionSet, node.typeCondition?.name.value ?? type);
    });
  }
}

/** An object that a fetch has fields of, and where it is in the plan's response. */
export interface Place {
  readonly object: Json;
  readonly path: ResponsePath;
}

/**
 * Adds one error for each field of the client that a failed fetch leaves null. A field that only a later fetch needs has none: the
 * fields of that fetch have theirs.
 */
export function reportFailedFields(
  execution: Execution,
  { shape, satisfies, maxErrors }: FetchEnvironment,
  places: readonly Place[],
  fields: readonly SelectedField[],
  errorAt: (path: ResponsePath | undefined) => OutgoingError,
): void {
  const { errors, data } = execution;
  const before = errors.length;
  const maximum = Math.min(before + maxErrorsOfFetch, maxErrors);
  for (const { object, path } of places) {
    const typename = object['__typename'];
    for (const { name, type } of fields) {
      if (errors.length >= maximum) return;
      if (type !== undefined && typeof typename === 'string' && !satisfies(typename, type)) continue;
      if (own(object, name) != null) continue;
      const at = shape.translate(data, [...path, name], () => true);
      if (at) errors.push(errorAt(at));
    }
  }
  if (errors.length === before) execution.unreported ??= errorAt(undefined);
}
