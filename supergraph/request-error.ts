import type { GraphQLError, SourceLocation } from 'graphql';
import { AppError, type ErrorDefinition, type ErrorDetails } from '../platform/errors';

/** The step at which a request failed. */
export type RequestFailure =
  | 'parse'
  | 'validation'
  | 'operation'
  | 'variables'
  | 'limit'
  | 'method'
  | 'denied'
  | 'internal';

/** The request cannot be executed at all: https://spec.graphql.org/October2021/#sec-Errors.Request-errors. */
export class RequestError extends AppError {
  readonly locations: readonly SourceLocation[];
  /** The errors that the answer lists instead of this one; none when empty. */
  readonly validationErrors: readonly GraphQLError[];

  constructor(
    readonly failure: RequestFailure,
    definition: Pick<ErrorDefinition, 'code' | 'status'>,
    message: string,
    options: {
      readonly details?: ErrorDetails | undefined;
      readonly locations?: readonly SourceLocation[] | undefined;
      readonly validationErrors?: readonly GraphQLError[];
    } = {},
  ) {
    super(definition, message, { details: options.details });
    this.name = 'RequestError';
    this.locations = options.locations ?? [];
    this.validationErrors = options.validationErrors ?? [];
  }
}
