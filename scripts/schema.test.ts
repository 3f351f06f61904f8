import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../platform/project-root';
import { schemaFiles } from './schema';

describe('npm run schema', () => {
  let root: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'plinth-schema-'));
  });

  afterEach(() => rm(root, { recursive: true }));

  const rover = (subgraphs: object) =>
    writeFile(join(root, 'rover.yaml'), JSON.stringify({ federation_version: '=2.14.4', subgraphs }));
  const entry = (name: string) => ({
    routing_url: `http://127.0.0.1:8000/${name}`,
    schema: { file: `schema/${name}.graphql` },
  });

  it('makes what is committed, from rover.yaml and the code', async () => {
    const files = await schemaFiles(projectRoot());
    expect([...files.keys()]).toEqual(
      expect.arrayContaining([
        'schema/auth.graphql',
        'schema/supergraph.graphql',
        'schema/api.graphql',
        'schema/rest.json',
      ]),
    );
    for (const [path, text] of files) {
      expect([path, text]).toEqual([path, await readFile(join(projectRoot(), path), 'utf8')]);
    }
  });

  it('makes the same each time', async () => {
    expect(await schemaFiles(projectRoot())).toEqual(await schemaFiles(projectRoot()));
  });

  it('says which subgraph is listed and is not there', async () => {
    await rover({ billing: entry('billing') });
    await expect(schemaFiles(root)).rejects.toThrow('rover.yaml lists billing');
  });

  it('says what in rover.yaml is wrong', async () => {
    await rover({ auth: { routing_url: 'nowhere', schema: {} } });
    await expect(schemaFiles(root)).rejects.toThrow(/subgraphs\.auth\.routing_url: .*\n.*schema\.file: /);
  });
});
