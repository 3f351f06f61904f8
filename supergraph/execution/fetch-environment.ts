import type { TraceContext } from '../../platform/observability/tracing';
import type { SupergraphSchema } from '../schema/supergraph-schema';
import type { ServiceCalls } from '../traffic/service-calls';
import type { FetchReport } from './execution';
import type { Satisfies } from './merged-data';
import type { ObjectShape } from './projection';

/** What the compiled fetches of one operation share. */
export interface FetchEnvironment {
  readonly calls: ServiceCalls;
  readonly onFetch: ((report: FetchReport) => void) | undefined;
  /** The span of a call that begins; undefined where none is recorded. */
  readonly spanOf: ((parent: TraceContext) => TraceContext | undefined) | undefined;
  /** Host names, which error messages must not contain. */
  readonly hosts: readonly string[];
  readonly satisfies: Satisfies;
  readonly interfaceObject: SupergraphSchema['interfaceObject'];
  readonly shape: ObjectShape;
  /** Response names that later fetches of the plan read; compiling the plan fills it. */
  readonly needed: Set<string>;
  readonly operationName: string | undefined;
  readonly maxErrors: number;
}
