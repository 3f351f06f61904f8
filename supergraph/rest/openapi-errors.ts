import type { JsonSchema } from './json-schema';

export const errorSchema: JsonSchema = {
  type: 'object',
  description: 'Every error of every route.',
  required: ['error', 'message', 'details', 'timestamp', 'trace_id'],
  properties: {
    error: { type: 'string', description: 'A stable code, such as VALIDATION_FAILED.' },
    message: { type: 'string', description: 'A sentence for people.' },
    details: {
      description: 'For wrong input a list of every wrong field; for other errors whatever helps, or null.',
      anyOf: [
        {
          type: 'array',
          items: {
            type: 'object',
            required: ['field', 'message'],
            properties: { field: { type: 'string' }, message: { type: 'string' } },
          },
        },
        { type: 'object' },
        { type: 'null' },
      ],
    },
    timestamp: { type: 'string', format: 'date-time' },
    trace_id: { type: ['string', 'null'], description: 'Finds this request in the logs.' },
  },
};

/** Name of the response → status, meaning, code of the example, and its details. */
const errors = {
  BadRequest: [400, 'The request cannot be read', 'BAD_REQUEST', null],
  Unauthorized: [401, 'No valid token or API key', 'UNAUTHENTICATED', null],
  Forbidden: [403, 'The caller lacks a permission', 'FORBIDDEN', { permission: 'users:read' }],
  NotFound: [404, 'There is nothing by this id that the caller may know of', 'NOT_FOUND', null],
  PreconditionFailed: [412, 'It has changed since the version of if-match', 'PRECONDITION_FAILED', null],
  Conflict: [409, 'It contradicts what is stored', 'VERSION_CONFLICT', null],
  Invalid: [
    422,
    'Some fields are wrong, each of which is named',
    'VALIDATION_FAILED',
    [{ field: 'email', message: 'must be an email address' }],
  ],
  TooManyRequests: [429, 'Too many requests; retry-after says when to come back', 'RATE_LIMITED', null],
  Unavailable: [503, 'A service does not answer now', 'SERVICE_UNAVAILABLE', null],
} as const;

type ErrorName = keyof typeof errors;

/** `components.responses` of the document. */
export function errorResponses(): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(errors).map(([name, [, description, error, details]]) => [
      name,
      {
        description,
        content: {
          'application/json': {
            schema: { $ref: '#/components/schemas/Error' },
            example: {
              error,
              message: description,
              details,
              timestamp: '2026-01-31T12:00:00.000Z',
              trace_id: '0af7651916cd43dd8448eb211c80319c',
            },
          },
        },
      },
    ]),
  );
}

/** References to those error responses of an operation, by status. */
export function errorsOf(operation: {
  hasInput: boolean;
  hasPathParameter: boolean;
  isChange: boolean;
  hasEtag: boolean;
  isAuthenticated: boolean;
  needsScopes: boolean;
}): Record<string, unknown> {
  const names: ErrorName[] = ['BadRequest'];
  if (operation.isAuthenticated) names.push('Unauthorized');
  if (operation.needsScopes) names.push('Forbidden');
  if (operation.hasPathParameter) names.push('NotFound');
  if (operation.isChange) names.push('Conflict');
  if (operation.isChange && operation.hasEtag) names.push('PreconditionFailed');
  if (operation.hasInput) names.push('Invalid');
  names.push('TooManyRequests', 'Unavailable');
  return Object.fromEntries(
    names.map(name => [String(errors[name][0]), { $ref: `#/components/responses/${name}` }]),
  );
}
