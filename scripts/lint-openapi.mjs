// Checks the OpenAPI document of standard input by the recommended rules of Redocly, and prints what is wrong as JSON.
// A process of its own: the package is an ES module, which Jest cannot import.
import { createConfig, lintFromString } from '@redocly/openapi-core';

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const config = await createConfig({
  extends: ['recommended'],
  // A literal segment wins over a parameter, here and in OpenAPI 3.1 (§4.8.8.2): `/users/search` is no `/users/{id}`.
  rules: { 'no-ambiguous-paths': 'off' },
});
const problems = await lintFromString({ source: Buffer.concat(chunks).toString(), config });
console.log(
  JSON.stringify(
    problems.map(({ ruleId, message, location: [place] }) => ({ ruleId, message, at: place?.pointer })),
  ),
);
