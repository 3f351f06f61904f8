import { parse } from 'graphql';
import { exceededTextLimit } from './text-limits';

const nesting = (text: string) => exceededTextLimit(text, { maxNesting: 200 });

describe('the limits on the text of an operation', () => {
  it('count brackets of every kind inside each other', () => {
    expect(nesting(`{ ${'a { '.repeat(199)} b ${'}'.repeat(200)}`)).toBeUndefined();
    const deep = { limit: 'nesting', maximum: 200, actual: 201 };
    expect(nesting(`{ ${'a { '.repeat(200)} b ${'}'.repeat(201)}`)).toEqual(deep);
    expect(nesting(`{ a(b: ${'[{ c: '.repeat(100)}`)).toEqual(deep);
    expect(nesting(`{ a(b: ${'['.repeat(20_000)}`)).toEqual(deep);
  });

  it('do not count brackets in strings, block strings and comments', () => {
    for (const text of [
      `{ a(b: "${'('.repeat(201)}") }`,
      `{ a(b: "\\"${'{'.repeat(201)}") }`,
      `{ a(b: """ " \\""" ${'['.repeat(201)}""") }`,
      `{ a } # ${'{'.repeat(201)}`,
    ]) {
      expect(nesting(text)).toBeUndefined();
      expect(() => parse(text)).not.toThrow();
    }
  });

  it('do not let closing brackets in a string make room for opening ones, which would overflow the stack of the parser', () => {
    const text = `{ a(b: "${')'.repeat(20_000)}", c: ${'['.repeat(20_000)}`;
    expect(() => parse(text)).toThrow(RangeError);
    expect(nesting(text)).toEqual({ limit: 'nesting', maximum: 200, actual: 201 });
  });

  it('do not let closing brackets without opening ones make room either', () => {
    expect(nesting(`{ a ${')'.repeat(500)} ${'{'.repeat(250)}`)).toBeDefined();
  });

  it('leave text that is not GraphQL to the parser', () => {
    expect(nesting('{ a(b: "')).toBeUndefined();
    expect(nesting('\u0000')).toBeUndefined();
  });

  it('count aliases, and no colon of arguments, variables and objects', () => {
    const aliases = (text: string) => exceededTextLimit(text, { maxNesting: 200, maxAliases: 2 });
    const others =
      'query A($a: Int = 1, $b: [In!] = [{ x: 1 }]) { one: f(a: $a, b: { c: { d: ":" } }) two: g }';
    expect(aliases(others)).toBeUndefined();
    expect(aliases('{ a: f b: g c: h }')).toEqual({ limit: 'aliases', maximum: 2, actual: 3 });
    expect(aliases('fragment F on T { a: f ...F b: g { c: h } }')?.limit).toBe('aliases');
  });

  it('count characters, and tokens as the parser does', () => {
    const limits = { maxNesting: 200, maxTokens: 5, maxLength: 100 };
    expect(exceededTextLimit('{ a, b c # d e f\n }', limits)).toBeUndefined();
    expect(exceededTextLimit('{ a b c d }', limits)).toEqual({ limit: 'tokens', maximum: 5, actual: 6 });
    expect(exceededTextLimit(`{ a }${' '.repeat(100)}`, limits)).toEqual({
      limit: 'length',
      maximum: 100,
      actual: 105,
    });
  });
});
