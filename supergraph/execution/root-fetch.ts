import type { FetchNode } from '../planning/plan';
import type { SubgraphAnswer } from '../transport/subgraph-answer';
import { depthOf, pathOf, renamesOf, reportError, reportErrorAt } from './error-paths';
import { serviceUnavailable, subgraphError } from './errors';
import type { Execution, Step } from './execution';
import { type Place, reportFailedFields, SelectedFields } from './failed-fields';
import type { FetchEnvironment } from './fetch-environment';
import { applyRewrite, mergeInto } from './merged-data';
import { type CallSite, callSubgraph, requestPrefix, variableWriter } from './subgraph-call';

/** Calls root fields of one subgraph. */
export function compileRootFetch(node: FetchNode, environment: FetchEnvironment): Step {
  const prefix = requestPrefix(node.operation, environment.operationName);
  const constant = node.variables.length === 0 ? `${prefix}}` : undefined;
  const writeVariables = variableWriter(node.variables);
  const { subgraph, type } = node;
  const site: CallSite = { subgraph, isRead: type === 'query' };
  const receive = compileReceipt(node, environment);
  const isRewritten = node.outputRewrites.length > 0;

  return execution => {
    const body = constant ?? `${prefix},"variables":{${writeVariables(execution.variables)}}}`;
    return callSubgraph(environment, site, execution, { body }, answer => {
      execution.answers++;
      receive(execution, answer);
      if (answer && !isRewritten) execution.plain = answer.plain;
    });
  };
}

/** @param answer undefined when the service gave none */
export type Receive = (
  execution: Execution,
  answer: Pick<SubgraphAnswer, 'data' | 'errors'> | undefined,
) => void;

/** Merges the answer to root fields, or one event of a subscription. */
export function compileReceipt(
  node: Pick<FetchNode, 'subgraph' | 'operation' | 'outputRewrites'>,
  environment: FetchEnvironment,
): Receive {
  const { outputRewrites, subgraph } = node;
  const renamed = renamesOf(node);
  const fields = new SelectedFields(node.operation, renamed);
  const { satisfies, hosts, maxErrors } = environment;
  return (execution, answer) => {
    if (!answer) {
      execution.unavailable ??= subgraph;
      reportFailedFields(execution, environment, [rootOf(execution)], fields.ofRoot(), path =>
        serviceUnavailable(environment.calls.unavailable(subgraph), path, execution.traceId),
      );
      return;
    }
    const { data, errors } = answer;
    if (data) {
      for (const rewrite of outputRewrites) applyRewrite(rewrite, data, satisfies);
      mergeInto(execution.data, data, satisfies);
    }
    for (const error of errors) {
      if (execution.errors.length >= maxErrors) return;
      const path = pathOf(error)?.map(segment => renamed.get(segment) ?? segment);
      if (path) reportErrorAt(execution, environment, error, subgraph, path, depthOf(data, path));
      else if (data) reportError(execution, environment, error, subgraph, undefined);
      else {
        reportFailedFields(execution, environment, [rootOf(execution)], fields.ofRoot(), at =>
          subgraphError(error, subgraph, at, hosts, execution.traceId),
        );
      }
    }
  };
}

function rootOf({ data }: Execution): Place {
  return { object: data, path: [] };
}
