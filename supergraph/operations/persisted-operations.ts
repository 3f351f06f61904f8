import { AppError, platformErrors } from '../../platform/errors';
import { gatewayErrors } from '../errors';
import type { ExecutionResult, GraphQLRequest } from '../supergraph-executor';
import { type AutomaticPersistedQueries, hashOf } from './automatic-persisted-queries';
import type { OperationSafelist } from './operation-safelist';

/**
 * Completes requests that contain the id of an operation instead of its text. Where only listed operations are allowed, it refuses all
 * others. REST routes do not use it: their operations are the gateway's own.
 */
export class PersistedOperations {
  /**
   * @param list operations listed in advance; undefined when none are
   * @param isOnlyListed whether all other operations are refused
   * @param automatic undefined where automatic persisted queries are off
   */
  constructor(
    private readonly list: OperationSafelist | undefined,
    private readonly isOnlyListed: boolean,
    private readonly automatic: AutomaticPersistedQueries | undefined,
  ) {}

  /**
   * The request with the text of its operation. An id comes as clients of Apollo send it, `extensions.persistedQuery`
   * `{version: 1, sha256Hash}`, or as `documentId`
   * (https://github.com/graphql/graphql-over-http/blob/main/spec/Appendix%20A%20--%20Persisted%20Documents.md).
   *
   * @throws AppError PERSISTED_QUERY_NOT_FOUND and PERSISTED_QUERY_NOT_SUPPORTED ask for the text;
   * 403 PERSISTED_QUERY_NOT_IN_LIST; 400 PERSISTED_QUERY_HASH_MISMATCH, BAD_REQUEST
   */
  complete(request: GraphQLRequest): GraphQLRequest | Promise<GraphQLRequest> {
    // Nearly all: no hash, and nothing to look it up in.
    if (request.extensions === undefined && request.documentId === undefined && !this.isOnlyListed) {
      return request;
    }
    return this.find(request);
  }

  private async find(request: GraphQLRequest): Promise<GraphQLRequest> {
    const id = idOf(request);
    if (id === undefined) {
      if (this.isOnlyListed && !this.list?.has(request.query ?? '')) throw notInList();
      return request;
    }
    const listed = this.list?.bodyOf(id);
    if (listed !== undefined) {
      if (request.query !== undefined && request.query !== listed) throw mismatch();
      return { ...request, query: listed };
    }
    if (this.isOnlyListed) throw notInList();
    if (this.automatic === undefined) {
      if (request.query === undefined)
        throw new AppError(platformErrors.PERSISTED_QUERY_NOT_SUPPORTED, 'PersistedQueryNotSupported');
      return request;
    }
    if (!/^[0-9a-f]{64}$/.test(id)) {
      if (request.documentId !== undefined) throw notFoundById();
      throw new AppError(
        platformErrors.BAD_REQUEST,
        'sha256Hash must be 64 hexadecimal digits, in lower case',
      );
    }
    if (request.query !== undefined) {
      if (hashOf(request.query) !== id) throw mismatch();
      return request;
    }
    const query = await this.automatic.find(id);
    if (query === undefined) throw notFoundById();
    return { ...request, query };
  }

  /** Stores a text that came with its hash, after it was executed. */
  learn(request: GraphQLRequest, result: Pick<ExecutionResult, 'failure'>): void {
    if (this.isOnlyListed || request.query === undefined || result.failure !== undefined) return;
    const id = idOf(request);
    if (id !== undefined && this.list?.bodyOf(id) === undefined) this.automatic?.keep(id, request.query);
  }

  close(): void {
    this.automatic?.close();
  }
}

function idOf({ documentId, extensions }: GraphQLRequest): string | undefined {
  // Ids may name their algorithm; an id of another one is looked up as it is.
  if (documentId !== undefined) return documentId.replace(/^sha256:(?=[0-9a-f]{64}$)/, '');
  const given = extensions?.['persistedQuery'];
  if (given == null) return undefined;
  const { version, sha256Hash } = given as { version?: unknown; sha256Hash?: unknown };
  if (version !== 1 || typeof sha256Hash !== 'string') {
    throw new AppError(
      platformErrors.BAD_REQUEST,
      'persistedQuery must be {"version": 1, "sha256Hash": "…"}',
    );
  }
  return sha256Hash;
}

/**
 * Clients know these two by code and by message, and answer with the text. The status is 200 because some (Apollo's for iOS
 * and Kotlin) look at no error of an answer that has another.
 */

function notFoundById(): AppError {
  return new AppError(platformErrors.PERSISTED_QUERY_NOT_FOUND, 'PersistedQueryNotFound');
}

function notInList(): AppError {
  return new AppError(
    gatewayErrors.PERSISTED_QUERY_NOT_IN_LIST,
    'Only operations that are listed are answered here',
  );
}

function mismatch(): AppError {
  return new AppError(
    gatewayErrors.PERSISTED_QUERY_HASH_MISMATCH,
    'The provided sha does not match the query',
  );
}
