/** The queries of the benchmarks. `ids` is how many values the variable `id` has; 0 when there is none. */
export const queries: Record<string, { query: string; ids: number }> = {
  q1: { query: '{ me { id username } }', ids: 0 },
  q2: { query: '{ users(first: 20) { id username email createdAt } }', ids: 0 },
  q3: { query: '{ me { id username profile { name bio } } }', ids: 0 },
  q4: {
    query:
      '{ me { id username profile { name } quota files { id title size owner { username profile { bio } } } } }',
    ids: 0,
  },
  q5: { query: '{ users(first: 20) { id username profile { name bio } quota } }', ids: 0 },
  q6: { query: 'query($id: ID!) { user(id: $id) { id username profile { name } } }', ids: 1_000 },
};
