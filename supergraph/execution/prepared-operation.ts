import type { Requirement } from '../operations/access';
import type { CostReport, OperationCost } from '../operations/cost';
import type { ParsedOperation } from '../operations/document';
import type { FieldSelection } from '../operations/selection';
import type { CoerceVariables } from '../operations/variables';
import { type FetchNode, fetchesIn, type PlanNode } from '../planning/plan';
import type { RequestError } from '../request-error';
import type { OperationSummary } from '../supergraph-executor';
import type { Step } from './execution';
import type { ObjectShape } from './projection';
import type { ResponsePath } from './response-path';
import type { Receive } from './root-fetch';
import type { SingleFlight } from './single-flight';

/** An operation of a document, parsed and validated. */
export interface PreparedOperation {
  readonly summary: OperationSummary;
  readonly query: string;
  /** Dropped once a variant is compiled: few operations have a second variant, and parsing again is cheap. */
  parsed: ParsedOperation | undefined;
  readonly coerce: CoerceVariables;
  /** Variables of `@skip` and `@include`. */
  readonly conditions: readonly string[];
  readonly cost: OperationCost;
  /** Whether it uses a credential, such as `login`. */
  readonly isCredential: boolean;
  readonly byConditions: Map<string, ConditionedOperation>;
  readonly singleFlight: SingleFlight;
}

/** A prepared operation with its `@skip` and `@include` decided. */
export interface ConditionedOperation {
  readonly requirements: readonly Requirement[];
  readonly byRights: Map<string, Variant | Promise<Variant>>;
}

/** A prepared operation compiled for one set of conditions and rights. */
export interface Variant {
  readonly shape: ObjectShape;
  readonly step: Step | undefined;
  readonly introspection: readonly FieldSelection[];
  readonly denied: readonly DeniedField[];
  readonly subscription: { readonly primary: FetchNode; readonly receive: Receive } | undefined;
  readonly size: number;
}

/** A field that is null because the caller has no right to it. */
export interface DeniedField {
  readonly path: ResponsePath;
  readonly requirement: Requirement | undefined;
}

/** An operation with the variables of one request. */
export interface BoundOperation {
  readonly variables: Record<string, unknown>;
  readonly cost: CostReport;
  readonly variant: Variant;
}

/** An entry of the operation cache. A refused document is kept with its error. */
export type CachedOperation = { readonly prepared: PreparedOperation } | { readonly refused: RequestError };

// Sizes are estimates from measured heaps, rather too large than too small: an operation's memory grows with its text, with the fields
// of its answer and with the fetches of its plans. `npm run bench:executor` compares them with the heap.

export function sizeOfPlan(text: string, node: PlanNode | undefined): number {
  return text.length * 30 + fetchesIn(node) * 3_000;
}

export function sizeOfCached(entry: CachedOperation, key: string): number {
  if ('refused' in entry) return 1_000 + key.length * 2;
  const { query, byConditions } = entry.prepared;
  let size = 1_500 + query.length * 4;
  for (const { byRights } of byConditions.values()) {
    for (const variant of byRights.values()) size += 'size' in variant ? variant.size : 4_000;
  }
  return size;
}
