import { buildSchema, OverlappingFieldsCanBeMergedRule, parse, specifiedRules, validate } from 'graphql';
import { isPlainlyValid, rulesFor } from './validation-rules';

const schema = buildSchema(`
  directive @once(a: Int!) on FIELD
  type Query { a(x: Int!, in: In): A b: B s: S n: N u: U }
  type Mutation { b: B n: N }
  interface N { id: ID }
  type M implements N { id: ID only: Int }
  union U = A | B
  type Subscription { one: Int two: Int }
  type A { id: ID b: B }
  type B { id: ID }
  scalar S
  input In { a: Int! b: [Int] }`);
const all = specifiedRules.filter(rule => rule !== OverlappingFieldsCanBeMergedRule);

const documents = [
  '{ b { id } }',
  '{ b }',
  '{ s { id } }',
  '{ nothing }',
  '{ a { id } }',
  '{ a(x: "1") { id } }',
  '{ a(x: 1, y: 2) { id } }',
  '{ a(x: 1, x: 2) { id } }',
  '{ a(x: 1, in: { a: 1, a: 2 }) { id } }',
  '{ a(x: 1, in: { b: [1] }) { id } }',
  'query A { b { id } } query A { b { id } }',
  '{ b { id } } query A { b { id } }',
  'type X { a: Int } query { b { id } }',
  'subscription { one two }',
  '{ b { ... on Nothing { id } } }',
  '{ b { ... on A { id } } }',
  '{ b { ... on S { id } } }',
  '{ b { ...F } }',
  '{ b { ...F } } fragment F on B { ...F }',
  '{ b { id } } fragment F on B { id }',
  '{ b { ...F } } fragment F on B { id } fragment F on B { id }',
  'query($x: Int) { a(x: $x) { id } }',
  'query($x: Int!) { b { id } }',
  '{ a(x: $x) { id } }',
  'query($x: Int!, $x: Int!) { a(x: $x) { id } }',
  'query($x: A) { b { id } }',
  'query($x: Nothing!) { a(x: $x) { id } }',
  'query($x: Int! = "a") { a(x: $x) { id } }',
  '{ b @nothing { id } }',
  '{ b @once { id } }',
  '{ b @once(a: 1) @once(a: 2) { id } }',
  'query @once(a: 1) { b { id } }',
  '{ b @skip(if: $no) { id } }',
  'query($yes: Boolean!) { b @include(if: $yes) { ...F } } fragment F on B { id @skip(if: $yes) }',
];

describe('the rules for a document', () => {
  it.each(documents)('find what all rules find: %s', text => {
    const found = (rules: readonly (typeof all)[number][]) =>
      validate(schema, parse(text), rules)
        .map(error => error.message)
        .sort();
    expect(found(rulesFor(text))).toEqual(found(all));
  });
});

describe('a document of right fields alone', () => {
  it.each([
    '{ b { id } }',
    '{ other: b { __typename id } s }',
    'query Q { b { id same: id } __typename }',
    'mutation { b { id } n { id } }',
  ])('is known without the rules: %s', text => {
    expect(validate(schema, parse(text), specifiedRules)).toEqual([]);
    expect(isPlainlyValid(schema, parse(text))).toBe(true);
  });

  it.each([
    ...documents,
    '{ __typename { a } }',
    '{ u { id } }',
    '{ n { id nothing } }',
    '{ n { only } }',
    '{ __nothing }',
    '{ s: b }',
    '{ constructor }',
    '{ x: s x: b { id } }',
    '{ b { id id: __typename } }',
    '{ s __typename: s __typename }',
    `{ ${Array.from({ length: 20 }, (_, i) => `a${i}: s`).join(' ')} a7: __typename }`,
    'mutation { nothing }',
    'mutation { b { id } } mutation { b { id } }',
    'fragment F on B { id }',
    'type X { a: Int }',
  ])('is never one the rules object to: %s', text => {
    const isRight = validate(schema, parse(text), specifiedRules).length === 0;
    expect(isPlainlyValid(schema, parse(text)) && !isRight).toBe(false);
  });

  it('asks the rules where an operation of that type cannot be', () => {
    const readOnly = buildSchema('type Query { a: Int }');
    expect(isPlainlyValid(readOnly, parse('mutation { a }'))).toBe(false);
  });
});
