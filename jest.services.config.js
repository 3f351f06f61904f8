/** The tests that need a real PostgreSQL and a real Redis. Run them with `npm run test:services`, which provides both. */
const config = require('./jest.config.js');

module.exports = {
  ...config,
  testMatch: ['**/*.services.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  coverageThreshold: undefined,
};
