// Hive Gateway's runtime with subscriptions: graphql-ws on both sides, one WebSocket to the service for all clients.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createGatewayRuntime, getGraphQLWSOptions } from '@graphql-hive/gateway-runtime';
import { unifiedGraphHandler } from '@graphql-hive/router-runtime';
import http from '@graphql-mesh/transport-http';
import websocket from '@graphql-mesh/transport-ws';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';

const [supergraph, planner] = process.argv.slice(2);
const runtime = createGatewayRuntime({
  supergraph: readFileSync(supergraph, 'utf8'),
  logging: false,
  maskedErrors: false,
  transports: { http, ws: websocket },
  // Each subscriber is another user: an answer for one is none for another.
  inflightRequestDeduplication: false,
  transportEntries: {
    '*.http': { options: { subscriptions: { kind: 'ws' }, deduplicateInflightRequests: false } },
  },
  ...(planner === 'rust' ? { unifiedGraphHandler } : {}),
});
// It reads the supergraph at the first request over HTTP, and a subscription does not wait for it.
await runtime.getSchema();
const server = createServer(runtime);
const context = ({ extra }) => ({ req: extra.request, socket: extra.socket });
useServer(getGraphQLWSOptions(runtime, context), new WebSocketServer({ server, path: '/graphql' }));
server.listen(0, '127.0.0.1', () => process.send({ ports: [server.address().port] }));

process.on('message', message => {
  if (message !== 'usage') return;
  const { user, system } = process.cpuUsage();
  process.send({ cpu: user + system, rss: process.memoryUsage.rss() });
});
process.on('disconnect', () => process.exit());
