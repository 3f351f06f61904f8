import { compose, federate } from '../execution/testing/federation';

describe('an operation that no plan can answer', () => {
  const subgraphs = {
    a: {
      typeDefs: 'type Query { item: Item } type Item @key(fields: "id") { id: ID! name: String }',
      resolvers: { Query: { item: () => ({ id: '1', name: 'x' }) } },
    },
    b: { typeDefs: 'type Item @key(fields: "id") { id: ID! stock: Int }' },
  };
  // Composition refuses such a supergraph. A file that was edited or written by another tool may be one.
  const supergraphSdl = compose(subgraphs).replace(
    '@join__type(graph: B, key: "id")',
    '@join__type(graph: B, key: "id", resolvable: false)',
  );

  it.each(['hive', 'apollo'] as const)('is refused with a 422 that says so: %s', async planner => {
    const faults: unknown[] = [];
    const { executor, transport } = federate(subgraphs, {
      supergraphSdl,
      planner,
      onFault: error => faults.push(error),
    });
    const ask = async (query: string) => executor.execute({ query }, { identity: '', headers: {} });
    const result = await ask('{ item { name stock } }');
    expect([result.status, result.errorCodes]).toEqual([422, ['OPERATION_NOT_SUPPORTED']]);
    expect(JSON.parse(result.body.toString()).errors[0].message).toBe(
      'This operation cannot be planned: write it in another way',
    );
    expect(transport.calls).toEqual([]);
    // For the operator: what each planner said.
    expect(faults).toHaveLength(2);
    expect((await ask('{ item { name } }')).status).toBe(200);
  });
});
