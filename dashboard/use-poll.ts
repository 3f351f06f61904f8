import { useEffect, useState } from 'preact/hooks';
import { SignedOut } from './graphql-client';

export interface Polled<T> {
  /** The last answer; it stays while later requests fail. */
  readonly data: T | undefined;
  /** Why the last request failed; undefined after one that succeeded. */
  readonly error: Error | undefined;
}

/**
 * Asks at once, and again `everyMs` after each answer. A hidden tab does not ask.
 *
 * @param key asks anew when it changes
 * @param listen calls `changed` when there is something new, which is then asked for at once
 */
export function usePoll<T>(
  load: () => Promise<T>,
  key: string,
  everyMs: number,
  onSignedOut: () => void,
  listen?: (changed: () => void, signal: AbortSignal) => void,
): Polled<T> {
  const [state, setState] = useState<Polled<T>>({ data: undefined, error: undefined });
  useEffect(() => {
    const stop = new AbortController();
    const { signal } = stop;
    let isStale = false;
    let wake = () => {};
    const ask = async (): Promise<void> => {
      try {
        if (document.hidden) return;
        const data = await load();
        if (!signal.aborted) setState({ data, error: undefined });
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof SignedOut) onSignedOut();
        else setState(({ data }) => ({ data, error: error as Error }));
      }
    };
    const run = async (): Promise<void> => {
      while (!signal.aborted) {
        isStale = false;
        await ask();
        // What changed while it asked may be missing in the answer.
        if (isStale || signal.aborted) continue;
        await new Promise<void>(resolve => {
          const timer = setTimeout(resolve, everyMs);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
    };
    void run();
    listen?.(() => {
      isStale = true;
      wake();
    }, signal);
    return () => {
      stop.abort();
      wake();
    };
  }, [key]);
  return state;
}
