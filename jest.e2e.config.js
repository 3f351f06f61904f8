/**
 * Whole stories through the front door of Plinth as it is built: run `npm run build` first, or `npm run test:e2e`. Each
 * worker has a Plinth of its own.
 */
const { availableParallelism } = require('node:os');
const config = require('./jest.config.js');

module.exports = {
  ...config,
  roots: ['<rootDir>/e2e'],
  testMatch: ['**/e2e/**/*.test.ts'],
  // Stories about PostgreSQL or Redis themselves run in `npm run test:services` only.
  testPathIgnorePatterns: [
    '/node_modules/',
    ...(process.env.TEST_DATABASE_URL ? [] : ['\\.services\\.test\\.ts$']),
  ],
  globalSetup: '<rootDir>/e2e/shared-plinth.ts',
  globalTeardown: '<rootDir>/e2e/stop-shared-plinth.ts',
  // Each story keeps the servers of Plinth busy as well.
  maxWorkers: Math.min(4, availableParallelism()),
  testTimeout: 60_000,
  coverageThreshold: undefined,
};
