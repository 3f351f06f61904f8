import type { CodegenConfig } from '@graphql-codegen/cli';

/** The schema clients see and the stories' documents → typed documents. */
const config: CodegenConfig = {
  schema: 'schema/api.graphql',
  documents: 'e2e/*.graphql',
  generates: {
    'e2e/graphql/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        useTypeImports: true,
        enumsAsTypes: true,
        scalars: { DateTime: 'string', JSONObject: 'Record<string, unknown>', ID: 'string' },
      },
    },
  },
};

export default config;
