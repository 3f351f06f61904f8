/**
 * `node platform/testing/typescript.js <file.ts> [args]`: runs a TypeScript file through the same transform as the tests,
 * for tests that need a process of their own to kill.
 */
const { readFileSync } = require('node:fs');
const { resolve } = require('node:path');
const { transformSync } = require('@swc/core');
const { transform } = require('../../jest.config.js');

const options = Object.values(transform)[0][1];

require.extensions['.ts'] = (module, filename) => {
  const { code } = transformSync(readFileSync(filename, 'utf8'), { ...options, filename });
  module._compile(code, filename);
};

process.argv.splice(1, 1);
require(resolve(process.argv[1]));
