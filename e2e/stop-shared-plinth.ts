import type { Plinth } from './plinth';

export default async function teardown(): Promise<void> {
  const { plinths = [] } = globalThis as { plinths?: Plinth[] };
  await Promise.all(plinths.map(plinth => plinth.close()));
}
