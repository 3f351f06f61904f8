// No GraphQL at all: node:http and undici, the calls that Plinth makes for this query in a row, and its answer. What moving the
// bytes costs.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { Pool } from 'undici';

const [, port] = process.argv.slice(2);
const subgraphs = Object.fromEntries(
  Object.entries(JSON.parse(process.env.SUBGRAPHS)).map(([name, address]) => {
    const { origin, pathname } = new URL(address);
    return [name, { pool: new Pool(origin, { connections: 64 }), pathname }];
  }),
);
let recorded;
createServer((request, response) => {
  request.resume();
  request.on('end', async () => {
    const query = request.headers['x-query'];
    // Written once all gateways are up.
    if (query !== undefined) recorded ??= JSON.parse(readFileSync(process.env.CALLS, 'utf8'));
    const { calls, answer } = recorded?.[query] ?? { calls: [], answer: '{}' };
    for (const { subgraph, body } of calls) {
      const { pool, pathname } = subgraphs[subgraph];
      const call = await pool.request({
        method: 'POST',
        path: pathname,
        headers: { 'content-type': 'application/json' },
        body,
      });
      await call.body.text();
    }
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(answer),
    });
    response.end(answer);
  });
}).listen(Number(port), '127.0.0.1');
