import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../platform/project-root';
import { listSubgraphs } from '../platform/subgraph-list';
import { checkNames, createSubgraph } from './subgraph-create';

describe('npm run subgraph:create', () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'plinth-create-'));
    mkdirSync(join(root, 'subgraphs', 'things'), { recursive: true });
    for (const path of ['biome.json', 'rover.yaml', 'docker-compose.yml', 'schema/api.graphql']) {
      cpSync(join(projectRoot(), path), join(root, path));
    }
  });

  afterEach(() => rmSync(root, { recursive: true }));

  const read = (path: string) => readFileSync(join(root, path), 'utf8');

  it('writes the service under its own names, and lists it with the next port', () => {
    const highest = Math.max(...listSubgraphs(root).map(({ port }) => port ?? 0));
    const names = checkNames(root, 'categories', undefined);
    expect(names).toEqual({ name: 'categories', noun: 'category' });
    const files = createSubgraph(root, names, 1_800_000_000_000);
    expect(files).toEqual(
      expect.arrayContaining([
        'subgraphs/categories/categories.ts',
        'subgraphs/categories/graphql/category.resolver.ts',
        'subgraphs/categories/migrations/1800000000000-create-categories.ts',
        'e2e/categories.test.ts',
      ]),
    );
    for (const path of files) {
      expect([path, existsSync(join(root, path))]).toEqual([path, true]);
      if (path.includes('categories')) expect(read(path)).not.toMatch(/sample/i);
    }
    expect(listSubgraphs(root).at(-1)).toMatchObject({ name: 'categories', port: highest + 1 });
    expect(read('docker-compose.yml')).toContain(`CATEGORIES_URL: http://categories:${highest + 1}\n`);
    expect(read('docker-compose.yml')).toContain('command: node dist/subgraphs/categories/main.js');
    expect(read('e2e/permissions/categories.permissions.ts')).toContain(`'Mutation.createCategory': {`);
  });

  it.each([
    ['Products', undefined, 'is not a name of 2 to 30 lower-case letters and digits'],
    ['../etc', undefined, 'is not a name of 2 to 30 lower-case letters and digits'],
    ['order-items', undefined, 'is not a name of 2 to 30 lower-case letters and digits'],
    ['gateway', undefined, 'is reserved'],
    ['files', undefined, 'rover.yaml lists files already'],
    ['things', undefined, 'subgraphs/things exists already'],
    ['billing', undefined, 'add --noun'],
    ['billing', 'billing', 'cannot be the noun'],
    ['billing', 'In voice', 'cannot be the noun'],
    [
      'roles',
      undefined,
      'The graph has the type Role and the query role and the mutation createRole already',
    ],
  ])('refuses the name %s with the noun %s, and writes nothing', (name, noun, message) => {
    expect(() => checkNames(root, name, noun)).toThrow(message);
  });
});
