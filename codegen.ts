import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { CodegenConfig } from '@graphql-codegen/cli';
import { concatAST, type DocumentNode, Kind, print, separateOperations } from 'graphql';

type Output = CodegenConfig['generates'][string];
type Preset = Exclude<Extract<Output, { preset?: unknown }>['preset'], string | undefined>;

/** A preset of one file, whose text `textOf` makes. */
const oneFile = (textOf: (documents: DocumentNode) => string): Preset => ({
  buildGeneratesSection: ({ baseOutputDir, schema, documents, documentTransforms }) => [
    {
      filename: baseOutputDir,
      plugins: [{ text: {} }],
      pluginMap: {
        text: { plugin: () => textOf(concatAST(documents.flatMap(({ document }) => document ?? []))) },
      },
      schema,
      config: {},
      documents,
      documentTransforms,
    },
  ],
});

/** Every operation of the documents with the fragments it uses, by the SHA-256 of its text as clients send it. */
function manifestOf(documents: DocumentNode): string {
  const operations = Object.values(separateOperations(documents)).map(({ definitions }) => {
    const operation = definitions.find(one => one.kind === Kind.OPERATION_DEFINITION)!;
    const fragments = definitions.filter(one => one !== operation);
    const body = print({ kind: Kind.DOCUMENT, definitions: [operation, ...fragments] });
    const id = createHash('sha256').update(body).digest('hex');
    return { id, name: operation.name?.value ?? '', type: operation.operation, body };
  });
  operations.sort((left, right) => (left.name < right.name ? -1 : 1));
  return JSON.stringify({ format: 'apollo-persisted-query-manifest', version: 1, operations }, null, 2);
}

/** The codes of all errors as a constant and a union type, with their meaning as documentation. */
function errorCodes(): string {
  const errors = JSON.parse(readFileSync('schema/errors.json', 'utf8')) as {
    code: string;
    status: number;
    meaning: string;
    action: string;
  }[];
  const members = errors.map(
    ({ code, status, meaning, action }) => `  /** ${status}. ${meaning} ${action} */\n  ${code}: '${code}',`,
  );
  return [
    '/* eslint-disable */',
    '/** The codes of errors: what each means, and what a client does about it. */',
    `export const ErrorCode = {\n${members.join('\n')}\n} as const;`,
    '',
    'export type ErrorCode = keyof typeof ErrorCode;',
    '',
  ].join('\n');
}

/** The schema clients see and the stories' documents → typed documents, and the list of their operations. */
const config: CodegenConfig = {
  schema: 'schema/api.graphql',
  generates: {
    'e2e/graphql/': {
      documents: 'e2e/*.graphql',
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        useTypeImports: true,
        enumsAsTypes: true,
        scalars: { DateTime: 'string', JSONObject: 'Record<string, unknown>', ID: 'string' },
      },
    },
    'dashboard/graphql/': {
      documents: 'dashboard/*.graphql',
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        // The types of the page's own operations, not those of the whole schema.
        onlyOperationTypes: true,
        useTypeImports: true,
        enumsAsTypes: true,
        scalars: { DateTime: 'string', JSONObject: 'Record<string, unknown>', ID: 'string' },
      },
    },
    'e2e/graphql/error-codes.ts': { preset: oneFile(errorCodes) },
    'schema/persisted-operations.json': {
      documents: ['e2e/*.graphql', 'dashboard/*.graphql'],
      preset: oneFile(manifestOf),
    },
  },
};

export default config;
