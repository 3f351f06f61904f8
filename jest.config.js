const { availableParallelism } = require('node:os');

/** ES modules, and modules with a dynamic import, that Jest must turn into CommonJS. */
const esModules = [
  '@opentelemetry/exporter-trace-otlp-proto',
  '@opentelemetry/otlp-exporter-base',
  'file-type',
  'strtok3',
  'token-types',
  'uint8array-extras',
  '@tokenizer/inflate',
  '@borewit/text-codec',
].join('|');

/** Tests run the TypeScript through swc: one transform, the same decorators semantics as `tsc`. */
const swc = [
  '@swc/jest',
  {
    jsc: {
      target: 'es2022',
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, useDefineForClassFields: false },
      keepClassNames: true,
    },
    module: { type: 'commonjs' },
    sourceMaps: 'inline',
  },
];
const transform = { '^.+\\.ts$': swc, [`/node_modules/(${esModules})/.+\\.js$`]: swc };

module.exports = {
  testEnvironment: 'node',
  transform,
  transformIgnorePatterns: [`/node_modules/(?!(${esModules})/)`],
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '/e2e/', '\\.services\\.test\\.ts$'],
  modulePathIgnorePatterns: ['/dist/', '/bench/gateway/'],
  // One more than there are processors: many tests wait for a server or for time to pass.
  maxWorkers: Math.min(4, availableParallelism() + 1),
  // What a test file leaves in memory makes the pauses of the garbage collector longer for the files after it.
  workerIdleMemoryLimit: '1GB',
  testTimeout: 30_000,
  // It takes a quarter of the time of a test, so it is measured where nobody waits for it.
  collectCoverage: process.env.CI === 'true' && process.env.npm_lifecycle_event === 'test:unit',
  collectCoverageFrom: [
    'platform/**/*.ts',
    'subgraphs/**/*.ts',
    'supergraph/**/*.ts',
    '!**/*.test.ts',
    '!**/testing/**',
  ],
  coverageProvider: 'v8',
  coverageReporters: ['text-summary', 'lcovonly'],
  coverageThreshold: { global: { lines: 90 } },
};
