import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  parse,
  validate,
} from 'graphql';
import { platformErrors } from '../../platform/errors';
import { withoutValues } from '../../platform/graphql/error-format';
import { gatewayErrors } from '../errors';
import { RequestError } from '../request-error';
import type { GraphQLRequest } from '../supergraph-executor';
import { checkFieldMerging } from './field-merging';
import { isPlainlyValid, rulesFor } from './validation-rules';

/** One operation of a document, with all fragments of the document. */
export interface ParsedOperation {
  readonly operation: OperationDefinitionNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
}

const validName = /^[_A-Za-z][_0-9A-Za-z]{0,255}$/;

/**
 * The key of a request's operation in the operation cache.
 *
 * @throws RequestError for a request without an operation
 */
export function operationKey({ query, operationName }: GraphQLRequest): string {
  if (typeof query !== 'string' || query === '') {
    throw new RequestError('parse', platformErrors.BAD_REQUEST, 'The request has no query');
  }
  if (query.charCodeAt(0) === 0) {
    throw new RequestError('parse', platformErrors.GRAPHQL_PARSE_FAILED, 'Syntax Error: Invalid character');
  }
  if (operationName === undefined || operationName === null || operationName === '') return query;
  if (typeof operationName !== 'string' || !validName.test(operationName)) throw unknownOperation();
  // No valid document starts with NUL, so no document equals the key of another one.
  return `\u0000${operationName}\u0000${query}`;
}

/** @param hasLocations error messages need locations; they are most of a document's memory */
export function parseDocument(query: string, maxTokens: number, hasLocations = false): DocumentNode {
  try {
    return parse(query, { maxTokens, noLocation: !hasLocations });
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    const isLimit = /Document contains more th\w+ \d+ tokens/.test(error.message);
    throw new RequestError(
      isLimit ? 'limit' : 'parse',
      isLimit ? gatewayErrors.OPERATION_LIMIT_EXCEEDED : platformErrors.GRAPHQL_PARSE_FAILED,
      withoutValues(error.message),
      { locations: error.locations ?? [] },
    );
  }
}

/** https://spec.graphql.org/October2021/#GetOperation() */
export function findOperation(document: DocumentNode, name: string | undefined): OperationDefinitionNode {
  const operations = document.definitions.filter(d => d.kind === Kind.OPERATION_DEFINITION);
  if (name === undefined) {
    const [only, ...others] = operations;
    if (only && others.length === 0) return only;
    throw new RequestError(
      'operation',
      platformErrors.OPERATION_RESOLUTION_FAILURE,
      only
        ? 'The document has several operations: say which with operationName'
        : 'The document has no operation',
    );
  }
  const found = operations.find(d => d.name?.value === name);
  if (!found) throw unknownOperation();
  return found;
}

function unknownOperation(): RequestError {
  return new RequestError(
    'operation',
    platformErrors.OPERATION_RESOLUTION_FAILURE,
    'There is no operation of this name',
  );
}

export interface ValidationOptions {
  readonly maxTokens: number;
  /** Validation errors contain no names that the client did not write. */
  readonly hidesSuggestions: boolean;
}

/**
 * Validates a document that was parsed without locations. An invalid one is parsed and validated again with them, for its errors.
 *
 * @throws RequestError GRAPHQL_VALIDATION_FAILED with up to ten errors
 */
export function assertValid(
  schema: GraphQLSchema,
  query: string,
  document: DocumentNode,
  { maxTokens, hidesSuggestions }: ValidationOptions,
): void {
  if (isValid(schema, query, document)) return;
  const located = parseDocument(query, maxTokens, true);
  const errors = validate(schema, located, rulesFor(query), {
    maxErrors: 10,
    hideSuggestions: hidesSuggestions,
  });
  if (errors.length === 0) checkFieldMerging(schema, located);
  throw new RequestError(
    'validation',
    platformErrors.GRAPHQL_VALIDATION_FAILED,
    'The operation is not valid',
    {
      validationErrors: errors.filter(e => !e.message.startsWith('Too many validation errors')),
    },
  );
}

function isValid(schema: GraphQLSchema, query: string, document: DocumentNode): boolean {
  if (isPlainlyValid(schema, document)) return true;
  if (validate(schema, document, rulesFor(query), { maxErrors: 1 }).length > 0) return false;
  try {
    checkFieldMerging(schema, document);
  } catch (error) {
    if (error instanceof RequestError && error.failure === 'validation') return false;
    throw error;
  }
  return true;
}
