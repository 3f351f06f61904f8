import type { GraphQLSchema } from 'graphql';
import type { RestRoute, StreamRoute } from '../../platform/graphql/rest-table';
import { errorResponses, errorSchema } from './openapi-errors';
import { RouteDescriber } from './openapi-route';
import { describeStream } from './openapi-stream';
import type { RootAccess } from './root-access';

export interface OpenApi {
  openapi: string;
  info: {
    title: string;
    version: string;
    description: string;
    license: { name: string; identifier: string };
  };
  servers: { url: string }[];
  paths: Record<string, Record<string, unknown>>;
  components: Record<string, Record<string, unknown>>;
  tags: { name: string; description: string }[];
}

/** What the routes with this first segment are about. */
const tagDescriptions: Readonly<Record<string, string>> = {
  auth: 'Accounts, sessions and tokens.',
  users: 'Profiles, roles and the life cycle of users.',
  notifications: 'Messages by email, SMS, push and webhook, and their templates.',
  files: 'Metadata and access of files. Uploads and downloads are streams of bytes.',
  metrics: 'Logs, health and alerts.',
  s: 'Links to shared files, which need no account.',
};

/**
 * The OpenAPI 3.1 description (https://spec.openapis.org/oas/v3.1.1.html) of a REST table. The types come from the schema that the rows'
 * operations run against.
 *
 * @param access what the root fields ask of their callers
 * @param streams the routes whose bodies are bytes
 */
export function openApiOf(
  table: readonly RestRoute[],
  schema: GraphQLSchema,
  access: ReadonlyMap<string, RootAccess> = new Map(),
  streams: readonly StreamRoute[] = [],
): OpenApi {
  const describer = new RouteDescriber(schema, access);
  const paths: OpenApi['paths'] = {};
  const add = ({ method, path }: RestRoute | StreamRoute, description: Record<string, unknown>): void => {
    const template = path.replace(/:([^/]+)/g, '{$1}');
    paths[template] = { ...paths[template], [method.toLowerCase()]: description };
  };
  for (const row of table) add(row, describer.describe(row));
  const described = streams.filter(({ openApi }) => openApi !== undefined);
  for (const row of described) add(row, describeStream(row, row.openApi!));
  const tags = new Set([...table, ...described].map(({ path }) => path.split('/')[1] ?? ''));
  return {
    openapi: '3.1.0',
    info: {
      title: 'Plinth',
      version: '1',
      description:
        'The REST routes of the gateway. Each stands for one GraphQL operation; GraphQL can do more.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: { Error: errorSchema, ...describer.named },
      responses: errorResponses(),
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'The access_token that POST /auth/login answers.',
        },
        apiKey: {
          type: 'apiKey',
          in: 'header',
          name: 'x-api-key',
          description: 'A key of createApiKey: acts as a service, with the scopes of the key.',
        },
      },
    },
    tags: [...tags].map(name => ({ name, description: tagDescriptions[name] ?? `Routes under /${name}.` })),
  };
}
