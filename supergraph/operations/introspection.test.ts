import { getIntrospectionQuery } from 'graphql';
import { federate } from '../execution/testing/federation';

const count = 40;
const each = (f: (i: number) => string): string => Array.from({ length: count }, (_, i) => f(i)).join(' ');
/** Every type has a field of every type. */
const dense = {
  typeDefs: `type Query { t: T0 } ${each(i => `type T${i} { ${each(j => `f${j}: T${j}`)} }`)}`,
};
const nested = (levels: number): string =>
  `{__schema{types{${'fields{type{'.repeat(levels)}name${'}}'.repeat(levels)}}}}`;

describe('introspection of a schema whose types refer to each other', () => {
  const { ask, executor } = federate({ dense });

  it.each([
    ['the attack that ended the process', nested(5)],
    ['two levels', nested(2)],
    [
      'under many aliases',
      `{${Array.from({ length: 20 }, (_, i) => `a${i}:__schema{types{fields{type{name}}}}`)}}`,
    ],
    [
      'through a type by name',
      `{${Array.from({ length: 20 }, (_, i) => `a${i}:__type(name:"T${i}"){fields{type{fields{type{name}}}}}`)}}`,
    ],
    [
      'through fragments',
      `{__schema{types{...A}}} fragment A on __Type {fields{type{...B}}} fragment B on __Type {fields{type{name}}}`,
    ],
  ])('is refused where its answer would be larger than the schema: %s', async (_, query) => {
    const { data, errors } = await ask(query);
    expect(data).toBeUndefined();
    expect(errors?.[0]?.extensions).toMatchObject({
      code: 'OPERATION_LIMIT_EXCEEDED',
      details: { limit: 'introspected fields' },
    });
  });

  it('is refused beyond the depth of any tool', async () => {
    const type = `${'ofType{'.repeat(40)}name${'}'.repeat(40)}`;
    const { errors } = await ask(`{__type(name:"T0"){${type}}}`);
    expect(errors?.[0]?.extensions['details']).toMatchObject({ limit: 'depth', maximum: 30 });
  });

  it.each([
    ['the query of tools', getIntrospectionQuery()],
    [
      'with all that it can ask for',
      getIntrospectionQuery({
        specifiedByUrl: true,
        directiveIsRepeatable: true,
        schemaDescription: true,
        inputValueDeprecation: true,
        oneOf: true,
      }),
    ],
    ['one level', nested(1)],
    ['one type', '{__type(name:"T1"){fields{type{fields{name}}}}}'],
  ])('is answered: %s', async (_, query) => {
    const { body, failure } = await executor.execute({ query }, { identity: '', headers: {} });
    expect([failure, JSON.parse(body.toString()).errors]).toEqual([undefined, undefined]);
  });

  it('is bounded for a type that a variable names', async () => {
    const part = Array.from(
      { length: 20 },
      (_, i) => `a${i}:__type(name:$n){fields{type{fields{type{name}}}}}`,
    );
    const query = `query($n:String!){${part}}`;
    const { errors } = await ask(query, { n: 'T1' });
    expect(errors?.[0]?.extensions['code']).toBe('OPERATION_LIMIT_EXCEEDED');
    expect(Object.keys((await ask(query, { n: 'Unknown' })).data ?? {})).toHaveLength(20);
  });
});
