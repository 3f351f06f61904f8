// Mercurius composes what its subgraphs say of themselves (Federation 1), so it gets their addresses instead of a supergraph.
import gateway from '@mercuriusjs/gateway';
import fastify from 'fastify';

const [, port] = process.argv.slice(2);
const services = Object.entries(JSON.parse(process.env.SUBGRAPHS)).map(([name, url]) => ({
  name,
  url,
  keepAlive: 60_000,
  connections: 64,
}));
const app = fastify();
await app.register(gateway, { gateway: { services }, jit: 1 });
await app.listen({ port: Number(port), host: '127.0.0.1' });
