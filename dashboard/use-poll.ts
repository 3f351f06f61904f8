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
 */
export function usePoll<T>(
  load: () => Promise<T>,
  key: string,
  everyMs: number,
  onSignedOut: () => void,
): Polled<T> {
  const [state, setState] = useState<Polled<T>>({ data: undefined, error: undefined });
  useEffect(() => {
    let isOver = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async (): Promise<void> => {
      try {
        if (!document.hidden) {
          const data = await load();
          if (!isOver) setState({ data, error: undefined });
        }
      } catch (error) {
        if (error instanceof SignedOut) onSignedOut();
        else if (!isOver) setState(({ data }) => ({ data, error: error as Error }));
      }
      if (!isOver) timer = setTimeout(() => void ask(), everyMs);
    };
    void ask();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [key]);
  return state;
}
