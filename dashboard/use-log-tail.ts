import { useEffect, useState } from 'preact/hooks';
import {
  type DashboardLogEntryFragment,
  DashboardLogsDocument,
  DashboardLogTailDocument,
  type LogFilter,
} from './graphql/graphql';
import { execute, follow, SignedOut } from './graphql-client';

type Entry = DashboardLogEntryFragment;

export interface LogTail {
  /** The newest first; undefined before the first answer. */
  readonly entries: readonly Entry[] | undefined;
  /** Entries that came faster than the tail shows them. */
  readonly omitted: number;
  /** Why the entries are not fresh; undefined while they are. */
  readonly error: Error | undefined;
}

const mostShown = 100;
const pauseMs = 2_000;
const nothing: LogTail = { entries: undefined, omitted: 0, error: undefined };

/**
 * The newest entries that a filter selects, and those that are added, by the subscription `logAdded`. Where the gateway does not stream, or
 * the stream breaks off, the entries are read every two seconds until it streams again.
 */
export function useLogTail(filter: LogFilter, isPaused: boolean, onSignedOut: () => void): LogTail {
  const [tail, setTail] = useState(nothing);
  const key = JSON.stringify(filter);
  useEffect(() => setTail(nothing), [key]);
  useEffect(() => {
    if (isPaused) return;
    const stop = new AbortController();
    const change = (next: (tail: LogTail) => LogTail) => {
      if (!stop.signal.aborted) setTail(next);
    };
    const fail = (error: unknown) => {
      if (error instanceof SignedOut && !stop.signal.aborted) onSignedOut();
      else change(current => ({ ...current, error: error as Error }));
    };
    const read = async () => {
      const { logs } = await execute(DashboardLogsDocument, { first: mostShown, filter });
      const entries = logs?.nodes ?? [];
      change(current => ({ ...current, entries: joined(entries, current.entries ?? []), error: undefined }));
    };
    const run = async (): Promise<void> => {
      while (!stop.signal.aborted) {
        await follow(
          DashboardLogTailDocument,
          { filter },
          {
            signal: stop.signal,
            // After the stream has begun, so that no entry is between the two.
            open: () => void read().catch(fail),
            result: ({ logAdded }) =>
              change(({ entries = [], omitted }) => ({
                entries: joined(logAdded?.entries ?? [], entries),
                omitted: omitted + (logAdded?.omitted ?? 0),
                error: undefined,
              })),
          },
        ).catch(fail);
        if (stop.signal.aborted) return;
        await read().catch(fail);
        await new Promise(resolve => setTimeout(resolve, pauseMs));
      }
    };
    void run();
    return () => stop.abort();
  }, [key, isPaused]);
  return tail;
}

/** Each entry once, the newest first. Both lists have that order. */
function joined(added: readonly Entry[], known: readonly Entry[]): readonly Entry[] {
  const ids = new Set(added.map(({ id }) => id));
  const others = known.filter(({ id }) => !ids.has(id));
  return others.length === known.length && added.length === 0
    ? known
    : [...added, ...others]
        .sort((one, other) =>
          one.timestamp < other.timestamp ? 1 : one.timestamp > other.timestamp ? -1 : 0,
        )
        .slice(0, mostShown);
}
