import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

/**
 * Starts a thread.
 *
 * @param module path of its module, without the extension
 * @param data is cloned for the thread, where it is `workerData`
 */
export function startWorkerThread(module: string, data: unknown): Worker {
  if (existsSync(`${module}.js`)) return new Worker(`${module}.js`, { workerData: data });
  // Tests run the TypeScript.
  return new Worker(join(__dirname, 'testing', 'typescript.js'), {
    workerData: data,
    argv: [`${module}.ts`],
  });
}
