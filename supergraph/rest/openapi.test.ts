import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema } from 'graphql';
import { projectRoot } from '../../platform/project-root';
import type { JsonSchema } from './json-schema';
import { openApiOf } from './openapi';
import { readRootAccess } from './root-access';
import { readRestTable, readStreamTable } from './table';

const folder = join(projectRoot(), 'schema');
const table = readRestTable(join(folder, 'supergraph.graphql'));
const supergraph = join(folder, 'supergraph.graphql');
const streams = readStreamTable(supergraph).filter(({ openApi }) => openApi !== undefined);
const routes = [...table, ...streams];
const document = openApiOf(
  table,
  buildSchema(readFileSync(join(folder, 'api.graphql'), 'utf8')),
  readRootAccess(supergraph),
  streams,
);

interface Operation {
  operationId: string;
  parameters?: { name: string; in: string; required: boolean; schema: JsonSchema }[];
  requestBody?: { required: boolean; content: { 'application/json': { schema: JsonSchema } } };
  responses: Record<string, { content?: { 'application/json': { schema: JsonSchema } } }>;
  security: Record<string, unknown>[];
  tags: string[];
}

const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ path, method, operation: operation as Operation })),
);

function find(method: string, path: string): Operation {
  return document.paths[path]![method] as Operation;
}

function resolved(schema: JsonSchema): JsonSchema {
  const name = /^#\/components\/schemas\/(.+)$/.exec(String(schema['$ref']))?.[1];
  return name === undefined ? schema : (document.components['schemas']![name] as JsonSchema);
}

/** Every schema of the document, whatever it is in. */
function* schemasIn(value: unknown): Generator<JsonSchema> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (key === 'schema' || key === 'items') yield inner as JsonSchema;
    if (key === 'properties' || key === 'schemas') yield* Object.values(inner as Record<string, JsonSchema>);
    yield* schemasIn(inner);
  }
}

describe('the OpenAPI description of the real routes (G8)', () => {
  it('has every row of the table and nothing else, each with an id of its own', () => {
    const described = operations.map(({ method, path }) => `${method.toUpperCase()} ${path}`);
    expect(described.sort()).toEqual(
      routes.map(row => `${row.method} ${row.path.replace(/:(\w+)/g, '{$1}')}`).sort(),
    );
    expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(routes.length);
  });

  it('has each name of a path template as a required parameter, and no parameter twice', () => {
    for (const { path, operation } of operations) {
      const inPath = (operation.parameters ?? []).filter(one => one.in === 'path');
      expect(inPath.map(one => one.name)).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(match => match[1]));
      expect(inPath.every(one => one.required)).toBe(true);
      const keys = (operation.parameters ?? []).map(one => `${one.in} ${one.name}`);
      expect(new Set(keys).size).toBe(keys.length);
    }
  });

  it('has schemas of JSON Schema 2020-12: known types, required names that are properties, references that lead', () => {
    const known = ['string', 'integer', 'number', 'boolean', 'object', 'array', 'null'];
    for (const schema of schemasIn(document)) {
      expect([schema, resolved(schema)]).toEqual([schema, expect.anything()]);
      const types = [schema['type'] ?? []].flat();
      for (const type of types) expect(known).toContain(type);
      if (types.includes('array')) expect(schema['items']).toBeDefined();
      const names = Object.keys((schema['properties'] as object | undefined) ?? {});
      for (const name of (schema['required'] as string[] | undefined) ?? []) expect(names).toContain(name);
      for (const name of names) expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
    }
  });

  it('says of registering what the contract says', () => {
    const operation = find('post', '/auth/register');
    const body = resolved(operation.requestBody!.content['application/json'].schema);
    expect(operation.requestBody!.required).toBe(true);
    expect(Object.keys(body['properties'] as object)).toEqual(
      expect.arrayContaining(['username', 'email', 'password']),
    );
    expect(body['required']).toEqual(expect.arrayContaining(['username', 'email', 'password']));
    const answer = resolved(operation.responses['201']!.content!['application/json'].schema);
    expect(Object.keys(answer['properties'] as object)).toEqual([
      'user',
      'access_token',
      'refresh_token',
      'token_type',
      'expires_in',
    ]);
  });

  it('says that logging out answers without a body, and that roles are names', () => {
    expect(find('post', '/auth/logout').responses['204']).not.toHaveProperty('content');
    const list = resolved(find('get', '/users').responses['200']!.content!['application/json'].schema);
    const { items, page_info } = list['properties'] as Record<string, JsonSchema>;
    expect(Object.keys(resolved(page_info!)['properties'] as object)).toEqual([
      'end_cursor',
      'has_next_page',
    ]);
    const user = resolved(items!['items'] as JsonSchema)['properties'] as Record<string, JsonSchema>;
    expect(user['roles']).toMatchObject({ items: { type: 'string' } });
  });

  it('says why a token that is not good is a 401, and leaves the reason out of a good answer', () => {
    const { responses } = find('get', '/auth/validate');
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(['200', '401']));
    const good = resolved(responses['200']!.content!['application/json'].schema)['properties'];
    expect(Object.keys(good as object)).toEqual(['active', 'user_id', 'roles', 'permissions', 'expires_at']);
  });

  it('passes the recommended rules of Redocly without a warning', () => {
    const lint = join(projectRoot(), 'scripts/lint-openapi.mjs');
    const problems = execFileSync(process.execPath, [lint], { input: JSON.stringify(document) });
    expect(JSON.parse(problems.toString())).toEqual([]);
  });

  it('names operations by what they do, and answers by their types', () => {
    expect(find('put', '/users/{id}').operationId).toBe('updateUser');
    expect(find('get', '/users').operationId).toBe('listUsers');
    expect(find('get', '/users/{id}').operationId).toBe('getUser');
    const answer = find('get', '/users/{id}').responses['200']!.content!['application/json'].schema;
    expect(answer).toEqual({ $ref: '#/components/schemas/UserWithProfile' });
  });

  it('says who may call a route and how it may fail', () => {
    const login = find('post', '/auth/login');
    expect(login.security).toEqual([]);
    expect(find('get', '/files/{id}').security).toEqual([{}, { bearer: [] }, { apiKey: [] }]);
    const list = find('get', '/users') as Operation & { description: string };
    expect([list.security, list.description]).toEqual([
      [{ bearer: [] }, { apiKey: [] }],
      'Needs users:read.',
    ]);
    expect(Object.keys(list.responses)).toEqual(['200', '400', '401', '403', '422', '429', '503']);
  });

  it('shows enum values and page sizes of query parameters as they are written there', () => {
    const parameters = new Map((find('get', '/users').parameters ?? []).map(one => [one.name, one]));
    expect(parameters.get('first')).toMatchObject({
      required: false,
      schema: { type: 'integer', default: 20 },
    });
    const order = parameters.get('order_by')!.schema;
    expect(order['enum']).toContain(order['default']);
  });
});
