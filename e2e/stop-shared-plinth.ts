import type { Plinth } from './plinth';

export default async function teardown(): Promise<void> {
  await (globalThis as { plinth?: Plinth }).plinth?.close();
}
