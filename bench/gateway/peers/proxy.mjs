// No GraphQL at all: node:http and undici, as many calls in a row as `x-calls` says. What moving the bytes costs.
import { createServer } from 'node:http';
import { Pool } from 'undici';

const [, port] = process.argv.slice(2);
const url = new URL(Object.values(JSON.parse(process.env.SUBGRAPHS))[0]);
const pool = new Pool(url.origin, { connections: 64 });
createServer((request, response) => {
  const chunks = [];
  request.on('data', chunk => chunks.push(chunk));
  request.on('end', async () => {
    const body = Buffer.concat(chunks);
    let answer = '';
    for (let calls = Number(request.headers['x-calls'] ?? 1); calls > 0; calls--) {
      const call = await pool.request({
        method: 'POST',
        path: '/echo',
        headers: { 'content-type': 'application/json' },
        body,
      });
      answer = await call.body.text();
    }
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(answer),
    });
    response.end(answer);
  });
}).listen(Number(port), '127.0.0.1');
