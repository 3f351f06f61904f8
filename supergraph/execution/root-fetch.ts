import { Kind, parse } from 'graphql';
import type { FetchNode } from '../planning/plan';
import type { SubgraphAnswer } from '../transport/subgraph-answer';
import { depthOf, pathOf, renamesOf, reportError, reportErrorAt } from './error-paths';
import { serviceUnavailable } from './errors';
import type { Execution, Step } from './execution';
import type { FetchEnvironment } from './fetch-environment';
import { applyRewrite, mergeInto } from './merged-data';
import type { ResponsePath } from './response-path';
import { type CallSite, callSubgraph, requestPrefix, variableWriter } from './subgraph-call';

/** Calls root fields of one subgraph. */
export function compileRootFetch(node: FetchNode, environment: FetchEnvironment): Step {
  const prefix = requestPrefix(node.operation, environment.operationName);
  const constant = node.variables.length === 0 ? `${prefix}}` : undefined;
  const writeVariables = variableWriter(node.variables);
  const { subgraph, type, operation } = node;
  const site: CallSite = { subgraph, isRead: type === 'query' };
  const receive = compileReceipt(node, environment);
  const isRewritten = node.outputRewrites.length > 0;

  return execution => {
    const body = constant ?? `${prefix},"variables":{${writeVariables(execution.variables)}}}`;
    return callSubgraph(environment, site, execution, { body }, answer => {
      execution.answers++;
      if (!answer) {
        execution.errors.push(
          serviceUnavailable(
            environment.calls.unavailable(subgraph),
            singleRootField(operation),
            execution.traceId,
          ),
        );
        return;
      }
      receive(execution, answer);
      if (!isRewritten) execution.plain = answer.plain;
    });
  };
}

export type Receive = (execution: Execution, answer: Pick<SubgraphAnswer, 'data' | 'errors'>) => void;

/** Merges the answer to root fields, or one event of a subscription. */
export function compileReceipt(
  node: Pick<FetchNode, 'outputRewrites'>,
  environment: FetchEnvironment,
): Receive {
  const { outputRewrites } = node;
  const renamed = renamesOf(node);
  const { satisfies } = environment;
  return (execution, { data, errors }) => {
    if (data) {
      for (const rewrite of outputRewrites) applyRewrite(rewrite, data, satisfies);
      mergeInto(execution.data, data, satisfies);
    }
    for (const error of errors) {
      const path = pathOf(error)?.map(segment => renamed.get(segment) ?? segment);
      if (path) reportErrorAt(execution, environment, error, path, depthOf(data, path));
      else reportError(execution, environment, error, undefined);
    }
  };
}

/** The path of the root field of a failed fetch, if it has only one. */
function singleRootField(operation: string): ResponsePath | undefined {
  const definition = parse(operation, { noLocation: true }).definitions[0];
  if (definition?.kind !== Kind.OPERATION_DEFINITION) return undefined;
  const [only, ...others] = definition.selectionSet.selections;
  if (only?.kind !== Kind.FIELD || others.length > 0) return undefined;
  return [only.alias?.value ?? only.name.value];
}
