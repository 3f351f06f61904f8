import { setTimeout as sleep } from 'node:timers/promises';
import type { HttpRequest } from './request';

/** A client that is still sending would see a broken connection instead of the error. */
export async function discard(request: HttpRequest): Promise<void> {
  if (request.isComplete) return;
  const stream = request.stream();
  if (stream.destroyed) return;
  stream.on('error', () => undefined);
  stream.resume();
  const stop = new AbortController();
  stream.once('close', () => stop.abort());
  await sleep(500, undefined, { signal: stop.signal }).catch(() => undefined);
}
