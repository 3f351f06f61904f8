import type { EntitiesNode, EntityTarget } from '../planning/plan';
import { depthOf, pathOf, renamesOf, reportError, reportErrorAt } from './error-paths';
import { type OutgoingError, serviceUnavailable, subgraphError } from './errors';
import type { Execution } from './execution';
import { type Place, reportFailedFields, SelectedFields } from './failed-fields';
import type { FetchEnvironment } from './fetch-environment';
import { type Json, locate } from './merged-data';
import type { ResponsePath } from './response-path';

/** The entities of one target in one request. */
export interface Requested {
  readonly entities: readonly Json[];
  /** Entities without a representation: those of other types, and those that lack a required field. */
  readonly skipped: readonly Json[];
  /** For each entity, the index of its representation: equal entities share one. */
  readonly indexes: readonly number[];
  /** The representations, as the items of a JSON array. */
  readonly list: string;
  readonly count: number;
}

/** Reports the errors of one entity fetch at the places of its entities in the answer. */
export class EntityErrors {
  private readonly subgraph: string;
  private readonly targets: readonly Pick<EntityTarget, 'key' | 'paths'>[];
  private readonly renamed: ReturnType<typeof renamesOf>;
  private readonly fields: SelectedFields;

  constructor(
    { subgraph, operation, targets }: EntitiesNode,
    private readonly environment: FetchEnvironment,
  ) {
    this.subgraph = subgraph;
    this.targets = targets.map(({ key, paths }) => ({ key, paths }));
    this.renamed = renamesOf(...targets);
    this.fields = new SelectedFields(operation, this.renamed);
  }

  /** The service gave no answer. */
  reportUnavailable(execution: Execution, requested: readonly Requested[]): void {
    execution.unavailable ??= this.subgraph;
    this.reportEach(
      execution,
      requested.map(({ entities }) => entities),
      path => serviceUnavailable(this.environment.calls.unavailable(this.subgraph), path, execution.traceId),
    );
  }

  /** Entities are not requested, because a service that gave no answer has their keys or required fields. */
  reportSkipped(execution: Execution, unavailable: string, requested: readonly Requested[]): void {
    if (requested.every(({ skipped }) => skipped.length === 0)) return;
    this.reportEach(
      execution,
      requested.map(({ skipped }) => skipped),
      path => serviceUnavailable(this.environment.calls.unavailable(unavailable), path, execution.traceId),
    );
  }

  /** `["_entities", 3, "stock"]` concerns every place that the fourth representation stands for. */
  report(execution: Execution, data: Json | null, error: unknown, requested: readonly Requested[]): void {
    const { environment, subgraph } = this;
    const [key, at, ...planned] = pathOf(error) ?? [];
    const number = this.targets.findIndex(target => target.key === key);
    const target = this.targets[number];
    if (data && !target) {
      reportError(execution, environment, error, subgraph, this.commonPath(execution));
      return;
    }
    const affected = requested.map(({ entities, indexes }, i) => {
      if (target && i !== number) return [];
      return typeof at === 'number' ? entities.filter((_, entity) => indexes[entity] === at) : entities;
    });
    if (!target || planned.length === 0) {
      this.reportEach(execution, affected, path =>
        subgraphError(error, subgraph, path, environment.hosts, execution.traceId),
      );
      return;
    }
    const rest = planned.map(segment => this.renamed.get(segment) ?? segment);
    const received = data?.[target.key];
    const depth = Array.isArray(received) && typeof at === 'number' ? depthOf(received[at], rest) : -1;
    for (const { path } of this.placesOf(execution, number, affected[number] ?? [])) {
      reportErrorAt(execution, environment, error, subgraph, [...path, ...rest], path.length + depth);
    }
  }

  /** Reports an error at each field of these entities. @param entities those of each target */
  private reportEach(
    execution: Execution,
    entities: readonly (readonly Json[])[],
    errorAt: (path: ResponsePath | undefined) => OutgoingError,
  ): void {
    for (const [number, { key }] of this.targets.entries()) {
      const places = this.placesOf(execution, number, entities[number] ?? []);
      if (places.length > 0) {
        reportFailedFields(execution, this.environment, places, this.fields.ofEntities(key), errorAt);
      }
    }
  }

  private placesOf(execution: Execution, number: number, entities: readonly Json[]): Place[] {
    const places: Place[] = [];
    if (entities.length === 0) return places;
    const wanted = new Set(entities);
    for (const path of this.targets[number]?.paths ?? []) {
      locate(path, this.environment.satisfies, execution.data, (object, at) => {
        if (wanted.has(object)) places.push({ object, path: at });
      });
    }
    return places;
  }

  /** The place of this fetch's data in the answer: its first path, up to the first list. */
  private commonPath(execution: Execution): ResponsePath {
    const path: string[] = [];
    for (const segment of this.targets[0]?.paths[0] ?? []) {
      if (segment.kind === 'list') break;
      if (segment.kind === 'field') path.push(segment.name);
    }
    return this.environment.shape.translate(execution.data, path) ?? [];
  }
}
