// Hive Gateway's runtime: `js` or `rust` planner, with `dedup` of identical requests in flight or without.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createGatewayRuntime } from '@graphql-hive/gateway-runtime';
import { unifiedGraphHandler } from '@graphql-hive/router-runtime';

const [supergraph, port, planner, dedup] = process.argv.slice(2);
const deduplicates = dedup === 'dedup';
const runtime = createGatewayRuntime({
  supergraph: readFileSync(supergraph, 'utf8'),
  logging: false,
  inflightRequestDeduplication: deduplicates,
  transportEntries: { '*.http': { options: { deduplicateInflightRequests: deduplicates } } },
  ...(planner === 'rust' ? { unifiedGraphHandler } : {}),
});
createServer(runtime).listen(Number(port), '127.0.0.1');
