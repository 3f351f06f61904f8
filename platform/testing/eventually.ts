import { setTimeout as sleep } from 'node:timers/promises';

/** Asks again until the check passes; fails with its last complaint. The time is generous: it is only spent on failure. */
export async function eventually<T>(check: () => T | Promise<T>, patienceMs = 15_000): Promise<T> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(10);
    }
  }
}
