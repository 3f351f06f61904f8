import { traceparentOf } from '../../platform/observability/tracing';
import { assertEntities, readAnswer, type SubgraphAnswer } from '../transport/subgraph-answer';
import { TransportError } from '../transport/transport';
import type { Execution, FetchReport } from './execution';
import type { FetchEnvironment } from './fetch-environment';

/** The fetch that a call belongs to. All calls of one fetch pass the same object, by which the transport knows its usual latency. */
export interface CallSite {
  readonly subgraph: string;
  readonly isRead: boolean;
}

/** Response key of a list of entities, and how many it must hold. */
export type ExpectedEntities = readonly [key: string, count: number];

/** Sends one request and passes its answer on; undefined when there is none that could be used. */
export async function callSubgraph<T>(
  environment: FetchEnvironment,
  site: CallSite,
  execution: Execution,
  request: { readonly body: string; readonly entities?: readonly ExpectedEntities[] },
  receive: (answer: SubgraphAnswer | undefined) => T,
): Promise<T> {
  const { subgraph, isRead } = site;
  const started = performance.now();
  let answer: SubgraphAnswer | undefined;
  let outcome: FetchReport['outcome'];
  let cause: unknown;
  const { trace, signal, deadline } = execution;
  const span = trace && environment.spanOf?.(trace);
  const headers = span === undefined ? execution.headers : execution.headers.inSpan(traceparentOf(span));
  try {
    answer = await environment.calls.call(
      { subgraph, body: request.body, headers, isRead, fetch: site, deadline, signal },
      response => {
        const read = readAnswer(response);
        for (const [key, count] of request.entities ?? []) assertEntities(read, key, count);
        return read;
      },
    );
    outcome = answer.errors.length > 0 ? 'errors' : 'ok';
  } catch (error) {
    outcome = error instanceof TransportError ? error.reason : 'malformed';
    cause = error;
  }
  environment.onFetch?.({ subgraph, milliseconds: performance.now() - started, outcome, cause, trace, span });
  return receive(answer);
}

/** The JSON text of a subgraph request up to its variables. */
export function requestPrefix(operation: string, name: string | undefined): string {
  if (name === undefined) return `{"query":${JSON.stringify(operation)}`;
  // The planners drop the client's operation name; the subgraph's logs need it.
  const named = operation.startsWith('{')
    ? `query ${name}${operation}`
    : operation.replace(/^(query|mutation|subscription)\s*/, `$1 ${name} `);
  return `{"query":${JSON.stringify(named)},"operationName":"${name}"`;
}

export type WriteVariables = (variables: Readonly<Record<string, unknown>>) => string;

const noVariables: WriteVariables = () => '';

/** Writes these variables as members of a JSON object. */
export function variableWriter(names: readonly string[]): WriteVariables {
  if (names.length === 0) return noVariables;
  // `planVariable` renames the names that the planners need; the coerced variables carry both names.
  const prefixes = names.map(name => [name, `${JSON.stringify(name)}:`] as const);
  return variables => {
    let text = '';
    for (const [name, prefix] of prefixes) {
      if (!Object.hasOwn(variables, name)) continue;
      text += `${text === '' ? '' : ','}${prefix}${JSON.stringify(variables[name]) ?? 'null'}`;
    }
    return text;
  };
}
