import { GraphQLObjectType, GraphQLSchema, GraphQLString, graphql } from 'graphql';
import { JSONObject } from './json-object';

const schema = new GraphQLSchema({
  query: new GraphQLObjectType({
    name: 'Query',
    fields: {
      echo: {
        type: GraphQLString,
        args: { value: { type: JSONObject } },
        resolve: (_, { value }) => JSON.stringify(value),
      },
      object: { type: JSONObject, resolve: () => ({ a: [1, null] }) },
    },
  }),
});

async function echo(literal: string, variables?: Record<string, unknown>) {
  const declared = literal.includes('$text') ? '($text: String)' : '($value: JSONObject)';
  const source = `query ${variables === undefined ? '' : declared} { echo(value: ${literal}) }`;
  const { data, errors } = await graphql({ schema, source, variableValues: variables });
  return errors === undefined ? data?.['echo'] : errors.map(error => error.message).join();
}

describe('JSONObject', () => {
  it('takes objects as literals, as variables and with variables inside', async () => {
    const text = '{"a":[1,-2.5,true,null,"b"],"c":{}}';
    expect(await echo('{ a: [1, -2.5, true, null, "b"], c: {} }')).toBe(text);
    expect(await echo('$value', { value: JSON.parse(text) })).toBe(text);
    expect(await echo('{ a: [$text] }', { text: 'b' })).toBe('{"a":["b"]}');
    expect(await echo('{ a: [$text], b: $text }', {})).toBe('{"a":[null]}');
  });

  it('answers objects as they are', async () => {
    const { data } = await graphql({ schema, source: '{ object }' });
    expect(data).toEqual({ object: { a: [1, null] } });
  });

  it('keeps a field named __proto__ as a field', async () => {
    expect(await echo('{ __proto__: { a: 1 } }')).toBe('{"__proto__":{"a":1}}');
  });

  it.each(['"text"', '5', 'true', '[{ a: 1 }]', 'WORD'])('refuses %s, which is no object', async literal => {
    expect(await echo(literal)).toMatch('JSONObject cannot represent a value that is not an object');
  });

  it.each(['1e999', '-1e999', '1.7976931348623159e308', `1${'0'.repeat(400)}`])(
    'refuses the number %s, which is larger than a 64-bit float can be',
    async number => {
      const message = 'JSONObject cannot represent a number larger than a 64-bit float';
      expect(await echo(`{ a: [{ b: ${number} }] }`)).toMatch(message);
      expect(await echo('$value', { value: JSON.parse(`{"a":[{"b":${number}}]}`) })).toMatch(message);
    },
  );

  it('refuses an enum value inside, which JSON does not have', async () => {
    expect(await echo('{ a: [WORD] }')).toMatch('JSONObject cannot represent an enum value');
  });

  it('never repeats what it refuses in its own words', async () => {
    for (const literal of ['"secret"', '{ a: secret }', '[secret]']) {
      const message = String(await echo(literal));
      expect([literal, message.includes('secret')]).toEqual([literal, false]);
    }
  });
});
