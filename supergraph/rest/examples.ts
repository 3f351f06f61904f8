import type { JsonSchema } from './json-schema';

/** Values by the name of the property, where the type alone would say little. */
const byName: Readonly<Record<string, unknown>> = {
  username: 'ada',
  email: 'ada@example.com',
  recipient: 'ada@example.com',
  password: 'correct horse battery staple',
  first_name: 'Ada',
  last_name: 'Lovelace',
  phone: '+441632960961',
  locale: 'en-GB',
  avatar_url: 'https://example.com/ada.png',
  id: '019a2b3c-4d5e-7f60-8123-456789abcdef',
  access_token: 'eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9…',
  refresh_token: 'prt_2Xg7…',
  token_type: 'bearer',
  expires_in: 900,
  subject: 'Welcome',
  content: 'Hello Ada',
  filename: 'report.pdf',
  original_filename: 'report.pdf',
  content_type: 'application/pdf',
  size: 48_213,
  code: '123456',
  name: 'editor',
  time_zone: 'Europe/Berlin',
  local_time: '2026-02-01T09:00:00',
  message: 'user signed in',
  service: 'users',
};

const maxDepth = 8;

/**
 * A value that fits the schema. `undefined` where a schema without a type leaves it open.
 *
 * @param named the schemas that a reference may lead to
 */
export function exampleOf(
  schema: JsonSchema,
  named: Readonly<Record<string, JsonSchema>>,
  property = '',
  depth = 0,
): unknown {
  const reference = schema['$ref'];
  if (typeof reference === 'string') {
    return exampleOf(named[reference.split('/').at(-1)!] ?? {}, named, property, depth + 1);
  }
  const [alternative] = ((schema['anyOf'] ?? schema['oneOf']) as JsonSchema[] | undefined) ?? [];
  if (alternative !== undefined) return exampleOf(alternative, named, property, depth);
  if (Array.isArray(schema['enum'])) return schema['enum'][0];
  if (schema['default'] !== undefined) return schema['default'];
  const type = [schema['type']].flat()[0];
  if (depth > maxDepth) return Array.isArray(schema['type']) && schema['type'].includes('null') ? null : {};
  const known = byName[property];
  if (known !== undefined && typeof known === (type === 'integer' ? 'number' : type)) return known;
  switch (type) {
    case 'object': {
      const properties = Object.entries((schema['properties'] as Record<string, JsonSchema>) ?? {});
      const values = properties.map(([name, one]) => [name, exampleOf(one, named, name, depth + 1)] as const);
      return Object.fromEntries(values.filter(([, value]) => value !== undefined));
    }
    case 'array':
      return [exampleOf(schema['items'] as JsonSchema, named, property.replace(/s$/, ''), depth + 1)];
    case 'integer':
    case 'number':
      return 1;
    case 'boolean':
      return true;
    case 'string':
      return stringFor(schema, property);
    default:
      return undefined;
  }
}

function stringFor(schema: JsonSchema, property: string): string {
  if (schema['format'] === 'date-time') return '2026-01-31T12:00:00.000Z';
  return property === 'id' || property.endsWith('_id') ? (byName['id'] as string) : property || 'text';
}
