import {
  type FormattedExecutionResult,
  type GraphQLError,
  type GraphQLFormattedError,
  getOperationAST,
} from 'graphql';
import type { Metrics } from '../observability/metrics';
import { type GraphQLContext, recordOperation } from './apollo-server';
import type { OperationExecutor, OperationRequest } from './operation-executor';

/**
 * Executes operations that were executed before without @apollo/server, whose request pipeline costs more than most operations: with it
 * `me` takes about 100 CPU-µs more (`npm run bench:accounts`), and `refresh` misses its 5,000 requests a second. Executor, error format,
 * metrics and log are the same. The plain way is to leave this class out: GraphQLHandler then asks @apollo/server every time.
 */
export class KnownOperations {
  constructor(
    private readonly executor: OperationExecutor,
    private readonly metrics: Metrics,
    private readonly formatError: (
      formatted: GraphQLFormattedError,
      error: GraphQLError,
    ) => GraphQLFormattedError,
  ) {}

  /** @returns undefined, with nothing resolved, for a request that @apollo/server must answer */
  async execute(
    request: OperationRequest,
    context: GraphQLContext,
  ): Promise<FormattedExecutionResult | undefined> {
    const document = this.executor.documentOf(request.query);
    if (document === undefined) return undefined;
    const operation = getOperationAST(document, request.operationName);
    if (operation == null || operation.operation === 'subscription') return undefined;
    const { data, errors } = await this.executor.execute(request, document, context);
    // Nothing was resolved: @apollo/server knows the HTTP status for wrong variables.
    if (data === undefined) return undefined;
    const formatted = errors?.map(error => this.formatError(withCode(error), error));
    recordOperation(this.metrics, context, operation, formatted);
    return formatted === undefined ? { data } : { errors: formatted, data };
  }
}

/** As @apollo/server passes errors to `formatError`. */
function withCode(error: GraphQLError): GraphQLFormattedError {
  const { extensions } = error;
  return {
    ...error.toJSON(),
    extensions: { ...extensions, code: extensions['code'] ?? 'INTERNAL_SERVER_ERROR' },
  };
}
