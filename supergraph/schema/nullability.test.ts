import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isNonNullType, isObjectType } from 'graphql';
import { directiveArgument } from './directive-argument';
import { readSupergraph } from './supergraph-schema';

const schema = readSupergraph(
  readFileSync(join(__dirname, '..', '..', 'schema', 'supergraph.graphql'), 'utf8'),
);

/** A null in a place that must not be null removes the object around it, up to the whole answer. */
describe('the schema allows for partial answers', () => {
  const roots = [schema.apiSchema.getQueryType(), schema.apiSchema.getMutationType()].filter(isObjectType);

  it('with root fields that are nullable, because each can be refused and its service can fail', () => {
    const fields = roots.flatMap(root =>
      Object.values(root.getFields()).map(({ name, type }) => ({ name: `${root.name}.${name}`, type })),
    );
    expect(fields.length).toBeGreaterThan(20);
    expect(fields.filter(({ type }) => isNonNullType(type)).map(({ name }) => name)).toEqual([]);
  });

  it('with nullable fields of an entity that several services have, except for its keys', () => {
    const joinType = schema.directiveName('join', 'type');
    const shared = [...schema.types.values()].filter(type => {
      const joins = (type.directives ?? []).filter(d => d.name.value === joinType);
      return joins.length > 1 && joins.some(join => typeof directiveArgument(join, 'key') === 'string');
    });
    expect(shared.map(({ name }) => name.value)).toContain('User');
    for (const { name, directives } of shared) {
      const type = schema.apiSchema.getType(name.value);
      const keys = (directives ?? []).map(d => String(directiveArgument(d, 'key')));
      const fields = isObjectType(type) ? Object.values(type.getFields()) : [];
      const wrong = fields.filter(field => isNonNullType(field.type) && !keys.includes(field.name));
      expect(wrong.map(field => `${name.value}.${field.name}`)).toEqual([]);
    }
  });
});
