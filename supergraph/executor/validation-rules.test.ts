import { buildSchema, OverlappingFieldsCanBeMergedRule, parse, specifiedRules, validate } from 'graphql';
import { rulesFor } from './validation-rules';

const schema = buildSchema(`
  directive @once(a: Int!) on FIELD
  type Query { a(x: Int!, in: In): A b: B s: S }
  type Subscription { one: Int two: Int }
  type A { id: ID b: B }
  type B { id: ID }
  scalar S
  input In { a: Int! b: [Int] }`);
const all = specifiedRules.filter(rule => rule !== OverlappingFieldsCanBeMergedRule);

describe('the rules for a document', () => {
  it.each([
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
  ])('find what all rules find: %s', text => {
    const found = (rules: readonly (typeof all)[number][]) =>
      validate(schema, parse(text), rules)
        .map(error => error.message)
        .sort();
    expect(found(rulesFor(text))).toEqual(found(all));
  });
});
