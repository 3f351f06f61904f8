import { gatewayErrors } from '../errors';
import { RequestError } from '../request-error';

/** The limits of one operation. Everything is counted with fragments expanded. */
export interface OperationLimits {
  /** Characters of the document. */
  readonly maxLength: number;
  readonly maxTokens: number;
  /** Nested brackets of every kind: a recursive parser recurses at each. */
  readonly maxNesting: number;
  readonly maxDepth: number;
  readonly maxAliases: number;
  readonly maxRootFields: number;
  readonly maxDirectives: number;
  readonly maxFields: number;
  readonly maxFragments: number;
  readonly maxOperations: number;
  readonly maxVariables: number;
  /** The largest page that a client may request. */
  readonly maxPageSize: number;
  /** The size that the cost assumes of a list without one. */
  readonly assumedListSize: number;
  readonly maxCost: number;
}

export const defaultLimits: OperationLimits = {
  maxLength: 100_000,
  maxTokens: 5_000,
  maxNesting: 200,
  maxDepth: 15,
  maxAliases: 60,
  maxRootFields: 25,
  maxDirectives: 60,
  maxFields: 2_000,
  maxFragments: 60,
  maxOperations: 10,
  maxVariables: 100,
  maxPageSize: 1_000,
  assumedListSize: 10,
  maxCost: 50_000,
};

export function overLimit(limit: string, maximum: number, actual?: number): RequestError {
  return new RequestError(
    'limit',
    gatewayErrors.OPERATION_LIMIT_EXCEEDED,
    `The operation exceeds the limit on ${limit}`,
    {
      details: {
        limit,
        maximum,
        ...(actual === undefined ? {} : { actual: Math.min(actual, Number.MAX_SAFE_INTEGER) }),
      },
    },
  );
}
