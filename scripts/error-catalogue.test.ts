import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema, isEnumType, parse, visit } from 'graphql';
import { defineErrors } from '../platform/errors';
import { projectRoot } from '../platform/project-root';
import { errorCatalogue } from './error-catalogue';

const root = projectRoot();
const text = (file: string) => readFileSync(join(root, file), 'utf8');
const files = execFileSync(
  'git',
  ['ls-files', '-co', '--exclude-standard', 'platform', 'supergraph', 'subgraphs'],
  {
    cwd: root,
    encoding: 'utf8',
  },
)
  .split('\n')
  .filter(file => file.endsWith('.ts'));
const sources = files.filter(file => !/\.test\.ts$|\/testing\//.test(file));

const catalogue = new Map(errorCatalogue().map(entry => [entry.code, entry]));

/** Codes of node, its HTTP parsers, the databases and @apollo/server: Plinth reads them and never answers with them. */
const foreign =
  /^(E[A-Z]+|ERR_.*|MODULE_NOT_FOUND|HPE_.*|UND_ERR_.*|SQLITE_.*|BAD_USER_INPUT|INTERNAL_SERVER_ERROR)$/;

describe('the catalogue of errors', () => {
  it('has only codes that some server answers with', () => {
    const used = new Set(
      sources.flatMap(file => [...text(file).matchAll(/\b\w+Errors\.([A-Z_]+)\b/g)].map(([, code]) => code!)),
    );
    expect([...catalogue.keys()].filter(code => !used.has(code))).toEqual([]);
  });

  it('has every code that is written out in the source', () => {
    const literals = sources.flatMap(file =>
      [
        ...text(file).matchAll(
          /(?:\bcode: |\.code [!=]== |new (?:App|Request)Error\([^;]{0,80}?)'([A-Z][A-Z_]+)'/g,
        ),
      ].map(([, code]) => `${file}: ${code}`),
    );
    expect(literals.join()).toContain('creations.ts: CREATION_CANCELLED');
    const unknown = literals.filter(literal => {
      const code = literal.split(': ')[1]!;
      return !catalogue.has(code) && !foreign.test(code);
    });
    expect(unknown).toEqual([]);
  });

  it('gives a code the status that is written out beside it, in tests as well', () => {
    const others = files.flatMap(file =>
      [...text(file).matchAll(/\bcode: '([A-Z_]+)', status: (\d+)/g)].flatMap(([, code, status]) => {
        const expected = catalogue.get(code!)?.status;
        return expected === undefined || expected === Number(status) ? [] : [`${file}: ${code} ${status}`];
      }),
    );
    expect(others).toEqual([]);
  });

  it('has every code that the schema promises', () => {
    const schema = text('schema/api.graphql');
    const values = new Set(
      Object.values(buildSchema(schema).getTypeMap()).flatMap(type =>
        isEnumType(type) ? type.getValues().map(({ name }) => name) : [],
      ),
    );
    const promised: string[] = [];
    visit(parse(schema), {
      StringValue: ({ value, block }) => {
        if (block || value.includes(' ')) promised.push(...(value.match(/\b[A-Z]+(?:_[A-Z]+)+\b/g) ?? []));
      },
    });
    expect(promised).toContain('VERSION_CONFLICT');
    const settings = new Set(
      text('.env.example')
        .match(/^#[A-Z_]+(?==)/gm)
        ?.map(name => name.slice(1)),
    );
    const unknown = promised.filter(name => !catalogue.has(name) && !values.has(name) && !settings.has(name));
    expect(unknown).toEqual([]);
  });

  it('says of each code what it means and what a client does, in sentences', () => {
    const wrong = [...catalogue.values()].filter(
      ({ meaning, action }) => ![meaning, action].every(each => /^[A-Z`][^|]*\.$/.test(each)),
    );
    expect(wrong).toEqual([]);
  });

  it('refuses a code that two packages declare', () => {
    const row = { status: 409, meaning: 'It is taken.', action: 'Take another.' };
    const twice: [string, ReturnType<typeof defineErrors>][] = [
      ['auth', defineErrors({ TAKEN: row })],
      ['users', defineErrors({ TAKEN: { ...row, status: 422 } })],
    ];
    expect(() => errorCatalogue(twice)).toThrow('TAKEN is declared by auth and users');
  });
});
