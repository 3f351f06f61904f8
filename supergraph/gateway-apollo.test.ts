import { gatewayContract } from './testing/gateway-contract';
import { Graph } from './testing/graph';

gatewayContract('apollo');

it('a supergraph with access directives is served by stock @apollo/gateway, which leaves them to the services', async () => {
  const graph = await Graph.start({ EXECUTOR: 'apollo' });
  try {
    const response = await fetch(`${graph.gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"query":"{ vault ledger seal }"}',
    });
    expect(await response.json()).toEqual({ data: { vault: 'gold', ledger: 'red', seal: 'wax' } });
  } finally {
    await graph.stop();
  }
});
