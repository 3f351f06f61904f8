import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../platform/project-root';
import { entitiesOf } from './supergraph-file';

it('The entities of each subgraph are its types with a key, under the public names of the subgraphs', () => {
  const entities = entitiesOf(readFileSync(join(projectRoot(), 'schema', 'supergraph.graphql'), 'utf8'));
  expect(entities.get('auth')).toEqual(['User']);
  for (const name of ['users', 'notifications', 'files']) expect(entities.get(name)).toContain('User');
  expect(entities.get('monitoring')).toContain('Trace');
  expect(entities.get('auth')).not.toContain('Trace');
});
