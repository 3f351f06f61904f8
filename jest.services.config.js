/**
 * The contract tests on PostgreSQL and Redis, and the tests that are about these servers. Run them with
 * `npm run test:services`, which provides both.
 */
const config = require('./jest.config.js');

module.exports = {
  ...config,
  testMatch: ['**/*.services.test.ts', '**/*.contract.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '/e2e/'],
  coverageThreshold: undefined,
};
