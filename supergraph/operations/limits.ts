import { gatewayErrors } from '../errors';
import { RequestError } from '../request-error';

/** What one operation may ask for. All are counted with fragments expanded, where that makes a difference. */
export interface OperationLimits {
  /** Characters of the document. */
  readonly maxLength: number;
  readonly maxTokens: number;
  /** Brackets inside brackets, of every kind: what a recursive parser recurses on. */
  readonly maxNesting: number;
  readonly maxDepth: number;
  readonly maxAliases: number;
  readonly maxRootFields: number;
  readonly maxDirectives: number;
  readonly maxFields: number;
  readonly maxFragments: number;
  readonly maxOperations: number;
  readonly maxVariables: number;
  /** The largest page a client may ask for, and what is assumed of a list nobody gave a size. */
  readonly maxPageSize: number;
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
