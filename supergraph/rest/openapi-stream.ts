import type { StreamDescription, StreamRoute } from '../../platform/graphql/rest-table';
import { errorsOf } from './openapi-errors';

/** The description of a route whose bodies are bytes. */
export function describeStream(row: StreamRoute, given: StreamDescription): Record<string, unknown> {
  const { operationId, query = {}, request, response } = given;
  const parameters = [
    ...[...row.path.matchAll(/:([^/]+)/g)].map(([, name]) => ({
      name,
      in: 'path',
      required: true,
      schema: { type: 'string' },
    })),
    ...Object.entries(query).map(([name, schema]) => ({ name, in: 'query', required: false, schema })),
  ];
  return {
    operationId,
    summary: row.summary,
    tags: [row.path.split('/')[1] ?? ''],
    security: [{}, { bearer: [] }, { apiKey: [] }],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(request === undefined
      ? {}
      : { requestBody: { required: true, content: { [request.type]: { schema: request.schema } } } }),
    responses: {
      [response.status]: {
        description: 'Done',
        content: { [response.type]: { schema: response.schema ?? {} } },
      },
      ...errorsOf({
        hasInput: request !== undefined,
        hasPathParameter: row.path.includes(':'),
        isChange: false,
        hasEtag: false,
        isAuthenticated: true,
        needsScopes: false,
      }),
    },
  };
}
