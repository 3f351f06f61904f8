import { isAscii } from 'node:buffer';
import { isObject } from '../../platform/json';
import type { SubgraphResponse } from './transport';

/** A GraphQL response of a subgraph that was checked: https://spec.graphql.org/October2021/#sec-Response-Format. */
export interface SubgraphAnswer {
  readonly data: Record<string, unknown> | null;
  readonly errors: readonly unknown[];
  /** The whole body, where it contains `data` alone; as text where it is ASCII. */
  readonly plain: string | Buffer | undefined;
}

/** Codes of a subgraph whose schema differs from the supergraph. The client is not at fault. */
const mismatches = new Set(['GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED']);

/** What was answered is no GraphQL response at all, such as the error page of a proxy. */
export class NotGraphQL extends Error {}

/**
 * Reads a GraphQL response of any HTTP status: a service that refuses a request says so in the body (GraphQL over HTTP §6.4).
 *
 * @throws Error when it is not one
 */
export function readAnswer({ body, status }: SubgraphResponse): SubgraphAnswer {
  const isPlain = isAscii(body);
  const text = body.toString(isPlain ? 'latin1' : 'utf8');
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new NotGraphQL(`The answer is not JSON (status ${status})`, { cause: error });
  }
  return checkAnswer(parsed, isPlain ? text : body);
}

/**
 * @param body the text of `parsed`, where it has one of its own
 * @throws Error when this is no GraphQL response
 */
export function checkAnswer(parsed: unknown, body?: string | Buffer): SubgraphAnswer {
  if (!isObject(parsed)) throw new NotGraphQL('The answer is not an object');
  const { data, errors } = parsed;
  if (data == null && errors == null) throw new NotGraphQL('The answer has neither data nor errors');
  if (data != null && !isObject(data)) throw new Error('Its data is not an object');
  if (errors == null) {
    return { data: data ?? null, errors: [], plain: Object.keys(parsed).length === 1 ? body : undefined };
  }
  if (!Array.isArray(errors) || !errors.every(one => isObject(one) && typeof one['message'] === 'string')) {
    throw new Error('Its errors are not a list of errors');
  }
  if (data == null && errors.length === 0) throw new Error('The answer has neither data nor errors');
  for (const { message, extensions } of errors as { message: string; extensions?: unknown }[]) {
    const code = isObject(extensions) ? extensions['code'] : undefined;
    if (typeof code === 'string' && mismatches.has(code)) throw new Error(`It refused: ${message}`);
  }
  return { data: data ?? null, errors, plain: undefined };
}

/**
 * Entities come in the order and number of their representations
 * (https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/reference/subgraph-spec#query_entities).
 *
 * @param key response key of the list
 * @throws Error when the list does not match
 */
export function assertEntities({ data, errors }: SubgraphAnswer, key: string, count: number): void {
  const received = data?.[key];
  const isExplained = errors.length > 0;
  // Without representations, or with an error that says why, there may be no list.
  if (data === null || (received == null && (count === 0 || isExplained))) return;
  if (!Array.isArray(received) || received.length !== count) {
    throw new Error('Its entities do not match the representations');
  }
}
