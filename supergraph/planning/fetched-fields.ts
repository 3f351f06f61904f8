import { type FieldNode, Kind, print, type SelectionSetNode } from 'graphql';
import type { SupergraphSchema } from '../schema/supergraph-schema';
import { argumentsText, fieldsOf, responseName, selectionOf } from './field-sets';
import type { EntitiesNode, FetchNode, Path, Rewrite } from './plan';
import { PlanningError } from './planner';

interface FetchedField {
  readonly field: string;
  readonly arguments: string;
  readonly responseName: string;
  /** The type conditions that it stands under. */
  readonly types: readonly string[];
}

/** What a plan fetches, and under which names, by the place of the object. */
export class FetchedFields {
  private readonly byPlace = new Map<string, FetchedField[]>();

  constructor(private readonly schema: SupergraphSchema) {}

  add(node: FetchNode | EntitiesNode): void {
    const selection = selectionOf(node.operation);
    if (node.kind === 'fetch') {
      this.note(selection, '', [], renamesOf(node.outputRewrites));
      return;
    }
    for (const { key, paths, outputRewrites } of node.targets) {
      const entities = fieldsOf(selection).find(field => responseName(field) === key)?.selectionSet;
      if (!entities) continue;
      for (const path of paths) this.note(entities, placeOf(path), [], renamesOf(outputRewrites));
    }
  }

  /**
   * The response name of a field with these arguments.
   *
   * @param type of the object, where it is known
   * @throws PlanningError where the plan does not fetch it
   */
  nameOf(field: FieldNode, place: string, type: string | undefined): string {
    const args = argumentsText(field);
    const found = this.byPlace
      .get(place)
      ?.find(
        one =>
          one.field === field.name.value &&
          one.arguments === args &&
          one.types.every(condition => type === undefined || this.schema.satisfies(type, condition)),
      );
    if (found) return found.responseName;
    throw new PlanningError(`The plan does not fetch ${place}.${print(field)}, which another field requires`);
  }

  private note(
    { selections }: SelectionSetNode,
    place: string,
    types: readonly string[],
    renamed: ReadonlyMap<string, string>,
  ): void {
    for (const node of selections) {
      if (node.kind === Kind.INLINE_FRAGMENT) {
        const condition = node.typeCondition?.name.value;
        this.note(node.selectionSet, place, condition ? [...types, condition] : types, renamed);
      } else if (node.kind === Kind.FIELD) {
        const name = renamed.get(responseName(node)) ?? responseName(node);
        const entry = { field: node.name.value, arguments: argumentsText(node), responseName: name, types };
        const known = this.byPlace.get(place);
        if (known) known.push(entry);
        else this.byPlace.set(place, [entry]);
        if (node.selectionSet) this.note(node.selectionSet, placeBelow(place, name), [], renamed);
      }
    }
  }
}

/** A place in the merged data: the response names on the way, without lists and types. */
export function placeOf(path: Path): string {
  return path.flatMap(segment => (segment.kind === 'field' ? segment.name : [])).join('.');
}

export function placeBelow(place: string, name: string): string {
  return place === '' ? name : `${place}.${name}`;
}

function renamesOf(rewrites: readonly Rewrite[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const rewrite of rewrites) {
    const last = rewrite.path.at(-1);
    if (rewrite.kind === 'rename' && last?.kind === 'field') names.set(last.name, rewrite.to);
  }
  return names;
}
